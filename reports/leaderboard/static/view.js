// The view is kept in the address, behind the "#", which no browser sends anywhere: a link shows what its sender saw.
// A place on the page ("#board-...") stays a plain one as long as nothing is chosen.
const TEXTS = ["search", "board", ...FILTERS, "since"];
let anchor = "";

function viewParameters() {
  const view = new URLSearchParams();
  for (const name of TEXTS) {
    const field = controls.elements[name];
    if (field && field.value) view.set(name, field.value);
  }
  if (controls.elements.linked && controls.elements.linked.checked) view.set("linked", "1");
  const hidden = columnBoxes().filter((box) => !box.checked).map((box) => box.value);
  if (hidden.length) view.set("hide", hidden.join(","));
  for (const section of boards) {
    const heading = section.querySelector("thead th:not([aria-sort=none])");
    const order = heading ? `${heading.dataset.key}.${heading.getAttribute("aria-sort")}` : "";
    if (order && order !== section.dataset.order) view.append("sort", `${section.id}.${order}`);
  }
  return view;
}

function keepView() {
  const view = viewParameters();
  if (anchor && [...view.keys()].length) view.set("at", anchor);
  const text = view.toString() || anchor;
  history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
}

function sortBy(section, key, order) {
  const table = section.querySelector("table.ranked");
  const heading = headingOf(table, key);
  if (!heading || !["ascending", "descending"].includes(order)) return;
  for (let turn = 0; turn < 2 && heading.getAttribute("aria-sort") !== order; turn += 1) sortTable(table, heading.cellIndex);
  showRanks(table, heading);
}

function showView() {
  const text = location.hash.slice(1);
  if (!text.includes("=")) {
    anchor = byId(text) ? text : "";
    return;
  }
  const view = new URLSearchParams(text);
  for (const name of TEXTS) {
    const field = controls.elements[name];
    if (!field) continue;
    field.value = view.get(name) || "";
    if (field.selectedIndex === -1) field.selectedIndex = 0;
  }
  if (controls.elements.linked) controls.elements.linked.checked = view.get("linked") === "1";
  const hidden = new Set((view.get("hide") || "").split(","));
  for (const box of columnBoxes()) box.checked = !hidden.has(box.value);
  if (hidden.size > 1 || !hidden.has("")) controls.querySelector("details").open = true;
  for (const wanted of view.getAll("sort")) {
    const [board, key, order] = wanted.split(".");
    const section = boards.find((one) => one.id === board);
    if (section) sortBy(section, key, order);
  }
  anchor = byId(view.get("at") || "") ? view.get("at") : "";
}

function startView() {
  showView();
  showColumns();
  filterRows();
  fitTables();
  if (anchor && location.hash.includes("=")) byId(anchor).scrollIntoView();
  // A link to a place on the page changes the address: the rest of the view is put back into it.
  window.addEventListener("hashchange", () => {
    const text = location.hash.slice(1);
    if (text.includes("=")) {
      showView();
      showColumns();
      filterRows();
      fitTables();
      if (anchor) byId(anchor).scrollIntoView();
    } else {
      anchor = byId(text) ? text : "";
      keepView();
    }
  });
  window.addEventListener("resize", fitTables);
}

startTables();
startPlots();
if (controls) {
  startRanks();
  startFilters();
  startView();
}
