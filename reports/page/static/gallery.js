// A page of the selected images at a time, so that ten thousand stay as quick as ten. One tile is in the tab order.
const gallery = byId("gallery");
const PER_PAGE = { pairs: 12, worst: 60, best: 60 };
const SHOWN_REFERENCES = 6;
const RANKED_REFERENCES = 3;
const view = { want: null, groups: [], order: [], page: 0 };

function pageCount() { return Math.max(1, Math.ceil(view.groups.length / PER_PAGE[view.want.order])); }

function picture(file) { return element("img", { loading: "lazy", decoding: "async", alt: "", src: file }); }

function tile(image, caption) {
  const label = view.want.metric ? `, ${metrics.get(view.want.metric).label} ${score(images[view.want.metric][image], metrics.get(view.want.metric))}` : "";
  const made = element("button", { type: "button", className: "tile", tabIndex: -1, "aria-label": describe(image) + label }, picture(smallFile(image)));
  made.dataset.image = image;
  if (caption) made.append(element("span", { className: "value" }, caption));
  return made;
}

function mean(list, key) {
  const values = list.map((image) => images[key][image]).filter((value) => value !== null);
  return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
}

function pairCard(group) {
  const key = view.want.metric;
  const subject = subjectOf(group[0]);
  const card = element("article", { className: "pair" }, element("h3", {}, `${subject.id} `, element("span", {}, textOf(group[0]))));
  const files = referenceFiles(images.subject[group[0]]);
  if (files.length) {
    const set = element("div", { className: "reference-set" }, ...files.slice(0, SHOWN_REFERENCES).map(picture));
    const more = files.length > SHOWN_REFERENCES ? ` (${SHOWN_REFERENCES} of ${files.length})` : "";
    card.append(element("figure", { className: "references" }, element("figcaption", {}, `References${more}`), set));
  }
  for (const run of new Set(group.map((image) => images.run[image]))) {
    const own = group.filter((image) => images.run[image] === run);
    const tiles = element("div", { className: "tiles" }, ...own.map((image) => tile(image, key ? score(images[key][image], metrics.get(key)) : "")));
    tiles.style.setProperty("--columns", own.length < 5 ? Math.min(2, own.length) : 4);
    const name = data.runs[run];
    const about = key ? `${name} · ${metrics.get(key).label} ${score(mean(own, key), metrics.get(key))}` : name;
    card.append(element("figure", {}, element("figcaption", {}, about), tiles));
  }
  return card;
}

function rankedCard(image) {
  const references = referenceFiles(images.subject[image]).slice(0, RANKED_REFERENCES).map(picture);
  const value = element("span", { className: "value" }, score(images[view.want.metric][image], metrics.get(view.want.metric)));
  const of = element("span", { className: "of" }, `${subjectOf(image).id}: ${textOf(image)}`);
  return element("article", { className: "ranked" }, tile(image), element("div", { className: "beside-tile" }, ...references),
    element("p", {}, value, ` ${data.runs[images.run[image]]}`, element("br"), of));
}

function drawPager(place) {
  const pages = pageCount();
  const size = PER_PAGE[view.want.order];
  const from = view.page * size;
  const to = Math.min(from + size, view.groups.length);
  const noun = view.want.order === "pairs" ? "pairs of subject and prompt" : "images";
  const total = view.order.length.toLocaleString("en");
  const inAll = view.want.order === "pairs" ? `, ${total} images` : "";
  const text = view.groups.length ? `${from + 1}–${to} of ${view.groups.length.toLocaleString("en")} ${noun}${inAll}` : "No images";
  const move = (step, label, off) => {
    const button = element("button", { type: "button", disabled: off, className: step < 0 ? "previous" : "next" }, label);
    button.addEventListener("click", () => {
      turnTo(view.page + step);
      byId("pager-top").scrollIntoView({ block: "nearest" });
      const again = place.querySelector(step < 0 ? ".previous" : ".next");
      (again.disabled ? place.querySelector("input") : again).focus({ preventScroll: place.id !== "pager-top" });
    });
    return button;
  };
  const input = element("input", { type: "number", min: 1, max: pages, value: view.page + 1, "aria-label": "Page" });
  input.addEventListener("change", () => turnTo(Math.round(Number(input.value) || 1) - 1));
  const buttons = element("div", { className: "pager-buttons" }, move(-1, "Previous", view.page === 0), input, ` of ${pages.toLocaleString("en")} `,
    move(1, "Next", view.page >= pages - 1));
  const status = element("p", place.id === "pager-top" ? { role: "status" } : {}, text);
  place.replaceChildren(status, ...(pages > 1 ? [buttons] : []));
}

function turnTo(page) {
  view.page = Math.min(Math.max(0, page), pageCount() - 1);
  const size = PER_PAGE[view.want.order];
  const groups = view.groups.slice(view.page * size, (view.page + 1) * size);
  const ranked = view.want.order !== "pairs";
  const cards = groups.map((group) => (ranked ? rankedCard(group[0]) : pairCard(group)));
  if (!cards.length) cards.push(element("p", { className: "empty" }, "No image fits these filters. Reset them, or widen the range of scores."));
  gallery.replaceChildren(ranked && groups.length ? element("div", { className: "ranking" }, ...cards) : element("div", {}, ...cards));
  const first = gallery.querySelector(".tile");
  if (first) first.tabIndex = 0;
  drawPager(byId("pager-top"));
  drawPager(byId("pager-bottom"));
}

function select() {
  view.want = wanted();
  view.groups = selectGroups(view.want);
  view.order = view.groups.flat();
  turnTo(0);
}

function focusTile(made) {
  for (const each of gallery.querySelectorAll(".tile[tabindex='0']")) each.tabIndex = -1;
  made.tabIndex = 0;
  made.focus();
}

// The page with an image is drawn if it is not there, and its tile gets the focus.
function showTile(image) {
  const group = view.groups.findIndex((each) => each.includes(image));
  if (group < 0) return;
  const page = Math.floor(group / PER_PAGE[view.want.order]);
  if (page !== view.page) turnTo(page);
  const made = gallery.querySelector(`.tile[data-image="${image}"]`);
  if (made) focusTile(made);
}

// Up and down go to the nearest tile of the next row on the screen, wherever its group lies.
function neighbour(from, tiles, direction) {
  const here = from.getBoundingClientRect();
  const middle = here.left + here.width / 2;
  let best = null;
  for (const each of tiles) {
    const there = each.getBoundingClientRect();
    const down = direction * (there.top - here.top);
    if (down < here.height / 2) continue;
    const distance = down + 4 * Math.abs(there.left + there.width / 2 - middle);
    if (best === null || distance < best.distance) best = { each, distance };
  }
  return best ? best.each : from;
}

function moveFocus(event) {
  const from = event.target.closest(".tile");
  if (!from || event.altKey || event.ctrlKey || event.metaKey) return;
  const tiles = [...gallery.querySelectorAll(".tile")];
  const place = tiles.indexOf(from);
  const targets = {
    ArrowRight: () => tiles[Math.min(place + 1, tiles.length - 1)],
    ArrowLeft: () => tiles[Math.max(place - 1, 0)],
    ArrowDown: () => neighbour(from, tiles, 1),
    ArrowUp: () => neighbour(from, tiles, -1),
    Home: () => tiles[0],
    End: () => tiles[tiles.length - 1],
  };
  if (!(event.key in targets)) return;
  event.preventDefault();
  focusTile(targets[event.key]());
}

function startGallery() {
  gallery.dataset.runs = data.runs.length;
  for (const metric of data.metrics) form.elements.metric.append(element("option", { value: metric.key }, metric.label));
  form.addEventListener("input", select);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(select));
  gallery.addEventListener("keydown", moveFocus);
  gallery.addEventListener("click", (event) => {
    const made = event.target.closest(".tile");
    if (made) openViewer(Number(made.dataset.image));
  });
  window.addEventListener("beforeprint", () => document.querySelectorAll("main img").forEach((each) => { each.loading = "eager"; }));
  select();
}
