// The enlarged view: one image, its scores, its references, and all images of its prompt. Goes through the gallery's order.
const viewer = byId("viewer");
const SMALL_PICTURE = 200; // pixels a side: below, a picture is enlarged as it is, without blur
let current = -1;
let place = -1;
let opener = null; // the tile of a grid that opened it; the gallery's own are found again
let compared = null; // the reference image beside the enlarged one, as its number; none at first

function scoreLine(metric, image) {
  const value = images[metric.key][image];
  const line = element("div", { className: "score" }, element("span", {}, `${metric.label} ${metric.up ? "↑" : "↓"}`), element("b", {}, score(value, metric)));
  if (value === null) return line;
  const share = Math.round(100 * shareBelow(image, metric.key));
  const bar = element("div");
  bar.style.width = `${share}%`;
  line.append(element("div", { className: "bar", "aria-hidden": "true" }, bar));
  line.append(element("span", { className: "note" }, `higher than ${share}% of this run's other images`));
  return line;
}

function siblings(image) {
  const same = [];
  for (let other = 0; other < count; other += 1) {
    if (images.subject[other] === images.subject[image] && images.prompt[other] === images.prompt[image]) same.push(other);
  }
  const parts = [];
  for (const run of new Set(same.map((other) => images.run[other]))) {
    const tiles = same.filter((other) => images.run[other] === run).map((other) => {
      const made = tile(other);
      made.tabIndex = 0;
      made.setAttribute("aria-current", other === image ? "true" : "false");
      return made;
    });
    parts.push(element("p", { className: "sibling-run" }, data.runs[run]), element("div", { className: "strip" }, ...tiles));
  }
  return parts;
}

function showReference(number) {
  const subject = images.subject[current];
  compared = number;
  const shown = byId("viewer-reference");
  byId("viewer-stage").classList.toggle("comparing", number !== null);
  shown.hidden = number === null;
  for (const each of byId("viewer-references").children) each.setAttribute("aria-pressed", String(Number(each.dataset.reference) === number));
  if (number === null) {
    shown.removeAttribute("src");
    return;
  }
  shown.alt = `Reference image ${number + 1} of ${data.subjects[subject].id}`;
  shown.src = referenceFiles(subject)[number].replace(/webp$/, data.subjects[subject].large[number] ? "jpg" : "webp");
}

function referenceButtons(subject) {
  return referenceFiles(subject).map((file, number) => {
    const label = `Compare with reference image ${number + 1} of ${data.subjects[subject].id}`;
    const made = element("button", { type: "button", className: "tile", "aria-label": label }, picture(file));
    made.dataset.reference = number;
    made.addEventListener("click", () => showReference(compared === number ? null : number));
    return made;
  });
}

function showImage(image) {
  const sameSubject = current >= 0 && images.subject[current] === images.subject[image];
  current = image;
  const found = view.order.indexOf(image);
  if (found >= 0) place = found;
  byId("viewer-title").textContent = `${subjectOf(image).id}: ${textOf(image)}`;
  const position = found >= 0 ? ` · ${found + 1} of ${view.order.length.toLocaleString("en")}` : " · outside the filters";
  byId("viewer-place").textContent = `${data.runs[images.run[image]]} · image ${images.index[image] + 1}${position}`;
  const shown = byId("viewer-image");
  shown.alt = describe(image);
  shown.src = largeFile(image);
  byId("viewer-scores").replaceChildren(...data.metrics.map((metric) => scoreLine(metric, image)));
  const buttons = referenceButtons(images.subject[image]);
  byId("viewer-references-title").hidden = buttons.length === 0;
  byId("viewer-references").replaceChildren(...buttons);
  showReference(sameSubject ? compared : null);
  byId("viewer-siblings").replaceChildren(...siblings(image));
  byId("viewer-previous").disabled = place <= 0;
  byId("viewer-next").disabled = place >= view.order.length - 1;
}

function step(by) {
  const next = place + by;
  if (next >= 0 && next < view.order.length) showImage(view.order[next]);
}

function openViewer(image, from = null) {
  opener = from;
  showImage(image);
  viewer.showModal();
  viewer.scrollTop = 0;
  byId("viewer-close").focus();
}

function startViewer() {
  for (const shown of [byId("viewer-image"), byId("viewer-reference")]) {
    shown.addEventListener("load", () => shown.classList.toggle("pixels", Math.max(shown.naturalWidth, shown.naturalHeight) < SMALL_PICTURE));
  }
  byId("viewer-previous").addEventListener("click", () => step(-1));
  byId("viewer-next").addEventListener("click", () => step(1));
  byId("viewer-close").addEventListener("click", () => viewer.close());
  viewer.addEventListener("click", (event) => {
    if (event.target === viewer) viewer.close(); // the backdrop
    const made = event.target.closest("[data-image]");
    if (made) {
      showImage(Number(made.dataset.image));
      const again = byId("viewer-siblings").querySelector("[aria-current='true']");
      if (again) again.focus();
    }
  });
  // On the document: a button that has just been disabled gives the focus to nobody.
  document.addEventListener("keydown", (event) => {
    const moves = { ArrowRight: 1, ArrowLeft: -1 };
    if (!viewer.open || event.altKey || event.ctrlKey || event.metaKey || !(event.key in moves)) return;
    event.preventDefault();
    step(moves[event.key]);
  });
  viewer.addEventListener("close", () => { if (opener && opener.isConnected) opener.focus(); else showTile(current); });
}
