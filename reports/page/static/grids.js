// Picture grids as in the paper's figures: a family of prompts each, subjects below each other, prompts side by side.
function familiesOfRequests() {
  const families = new Map();
  for (const request of data.requests) {
    if (!families.has(request.family)) families.set(request.family, []);
    families.get(request.family).push(request);
  }
  return families;
}

// Subject and prompt -> the first image of a run.
function firstImages(run) {
  const first = new Map();
  for (let image = 0; image < count; image += 1) {
    const key = `${images.subject[image]}-${images.prompt[image]}`;
    const known = first.get(key);
    if (images.run[image] === run && (known === undefined || images.index[image] < images.index[known])) first.set(key, image);
  }
  return first;
}

function gridTile(image) {
  const made = element("button", { type: "button", className: "tile", "aria-label": describe(image) }, picture(smallFile(image)));
  made.dataset.image = image;
  return made;
}

function gridRow(subject, place, requests, first) {
  const numbers = requests.map((request) => request.prompts.find((key) => key.startsWith(`${subject.kind}-`)));
  const found = numbers.map((key) => (key === undefined ? undefined : first.get(`${place}-${key.slice(subject.kind.length + 1)}`)));
  if (found.every((image) => image === undefined)) return null;
  const reference = referenceFiles(place).slice(0, 1).map(picture);
  const head = element("th", { scope: "row" }, ...reference, element("span", {}, subject.id));
  const cells = found.map((image) => (image === undefined ? element("td", { className: "not-asked" }, "–") : element("td", {}, gridTile(image))));
  return element("tr", {}, head, ...cells);
}

function drawGrids(run) {
  const first = firstImages(run);
  const grids = [];
  for (const [family, requests] of familiesOfRequests()) {
    const rows = data.subjects.map((subject, place) => gridRow(subject, place, requests, first)).filter((row) => row !== null);
    if (!rows.length) continue;
    const heads = requests.map((request) => element("th", { scope: "col" }, request.request));
    const table = element("table", { className: "grid", "aria-label": `${family}, ${data.runs[run]}` },
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "reference"), ...heads)), element("tbody", {}, ...rows));
    const about = data.runs.length > 1 ? element("span", { className: "note" }, data.runs[run]) : "";
    grids.push(element("article", { className: "family-grid" }, element("h3", {}, `${family} `, about),
      element("div", { className: "scroll", tabIndex: 0, role: "group", "aria-label": family }, table)));
  }
  byId("grids").replaceChildren(...grids);
}

function startGrids() {
  const place = byId("grids");
  if (!place) return;
  place.addEventListener("click", (event) => {
    const made = event.target.closest(".tile");
    if (made) openViewer(Number(made.dataset.image), made);
  });
  const choice = byId("grid-runs");
  if (choice) choice.addEventListener("change", (event) => drawGrids(Number(event.target.value)));
  drawGrids(0);
}
