// Ranks follow the metric that a table is sorted by; search and filters hide rows and move no rank.
const boards = [...document.querySelectorAll("section.board")];

function headingOf(table, key) {
  return [...table.tHead.rows[0].cells].find((cell) => cell.dataset.key === key);
}

function showRanks(table, heading) {
  if (!heading.dataset.metric) return;
  const column = heading.cellIndex;
  table.querySelector(".ranked-by").textContent = `Rank by ${heading.dataset.metric}`;
  for (const body of table.tBodies) {
    for (const row of body.rows) {
      const cell = row.cells[column];
      const rank = row.querySelector(".rank");
      if (rank) {
        rank.textContent = cell.dataset.ranks;
        rank.classList.toggle("top", cell.classList.contains("top"));
      }
      [...row.cells].forEach((other) => other.classList.toggle("sorted", other === cell));
    }
  }
}

function startRanks() {
  for (const table of document.querySelectorAll("table.ranked")) {
    for (const cell of table.tHead.rows[0].cells) {
      cell.querySelector("button").addEventListener("click", () => { showRanks(table, cell); keepView(); });
    }
  }
}

// A table as wide as the page has its header at the screen's edge; a wider one scrolls in a frame of its own, header and
// names staying in sight. Without a script every table has such a frame.
function fitTables() {
  for (const frame of document.querySelectorAll(".board .scroll")) {
    frame.classList.remove("fits");
    const fits = frame.scrollWidth <= frame.clientWidth + 1;
    frame.classList.toggle("fits", fits);
    if (fits) frame.removeAttribute("tabindex"); else frame.tabIndex = 0;
  }
}
