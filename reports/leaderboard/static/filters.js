// Which submissions and which columns are shown: the form's fields say it. Yardsticks, which nobody sent, always are.
const controls = byId("controls");
const FILTERS = ["method", "suite", "base_model", "training"];

function filterRows() {
  const fields = controls.elements;
  const words = fields.search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = FILTERS.filter((name) => fields[name] && fields[name].value);
  const board = fields.board ? fields.board.value : "";
  const since = fields.since ? fields.since.value : "";
  const linked = Boolean(fields.linked && fields.linked.checked);
  let shown = 0;
  for (const section of boards) {
    section.hidden = Boolean(board) && section.id !== board;
    let here = 0;
    for (const row of section.querySelectorAll("tr[data-search]")) {
      const fits = words.every((word) => row.dataset.search.includes(word))
        && chosen.every((name) => row.dataset[name] === fields[name].value)
        && (!since || row.dataset.day >= since) && (!linked || row.dataset.linked === "1");
      row.hidden = !fits;
      here += fits;
    }
    section.querySelector(".nobody").hidden = here > 0;
    if (!section.hidden) shown += here;
  }
  byId("count").textContent = `${shown} of ${controls.dataset.total} shown`;
}

function columnBoxes() { return [...controls.querySelectorAll("input[name=column]")]; }

function showColumns() {
  const hidden = new Set(columnBoxes().filter((box) => !box.checked).map((box) => box.value));
  for (const table of document.querySelectorAll("table.ranked")) {
    const keys = [...table.tHead.rows[0].cells].map((cell) => cell.dataset.key);
    for (const row of table.rows) {
      [...row.cells].forEach((cell, column) => { cell.hidden = hidden.has(keys[column]); });
    }
  }
}

function startFilters() {
  controls.addEventListener("input", (event) => {
    if (event.target.name === "column") { showColumns(); fitTables(); }
    filterRows();
    keepView();
  });
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.addEventListener("reset", () => setTimeout(() => {
    showColumns();
    fitTables();
    filterRows();
    keepView();
  }));
}
