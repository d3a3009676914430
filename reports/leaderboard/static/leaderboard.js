// Ranks follow the metric that a table is sorted by; search and filters hide rows and move no rank.
function showRanks(table, column) {
  const heading = table.tHead.rows[0].cells[column];
  table.querySelector(".ranked-by").textContent = `Rank by ${heading.dataset.metric}`;
  for (const row of table.tBodies[0].rows) {
    const cell = row.cells[column];
    const rank = row.querySelector(".rank");
    rank.textContent = cell.dataset.ranks;
    rank.classList.toggle("top", cell.classList.contains("top"));
    [...row.cells].forEach((each) => each.classList.toggle("sorted", each === cell));
  }
}

function startRanks() {
  for (const table of document.querySelectorAll("table.ranked")) {
    [...table.tHead.rows[0].cells].forEach((cell, column) => {
      if (column) cell.querySelector("button").addEventListener("click", () => showRanks(table, column));
    });
  }
}

function startFilters() {
  const form = byId("controls");
  if (!form) return;
  const boards = [...document.querySelectorAll("section.board")];
  function filter() {
    const words = form.elements.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const { method, suite, board } = Object.fromEntries(new FormData(form));
    let shown = 0;
    for (const section of boards) {
      section.hidden = Boolean(board) && section.id !== board;
      let here = 0;
      for (const row of section.querySelectorAll("tbody tr")) {
        const fits = words.every((word) => row.dataset.search.includes(word))
          && (!method || row.dataset.method === method) && (!suite || row.dataset.suite === suite);
        row.hidden = !fits;
        here += fits;
      }
      section.querySelector(".nobody").hidden = here > 0;
      if (!section.hidden) shown += here;
    }
    byId("count").textContent = `${shown} of ${form.dataset.total} shown`;
  }
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  filter();
}

startTables();
startRanks();
startFilters();
