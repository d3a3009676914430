// The summary table: which subjects it covers, and sorting by a column. Runs and yardsticks keep to their own parts.
function sortTable(table, column) {
  const headings = [...table.tHead.rows[0].cells];
  const heading = headings[column];
  const isText = column === 0 || heading.dataset.sorts === "text";
  const first = isText || heading.dataset.up === "0" ? "ascending" : "descending";
  const other = first === "ascending" ? "descending" : "ascending";
  const order = heading.getAttribute("aria-sort") === first ? other : first;
  headings.forEach((each) => each.setAttribute("aria-sort", each === heading ? order : "none"));
  const sign = order === "ascending" ? 1 : -1;
  for (const body of table.tBodies) {
    const rows = [...body.rows].map((row) => ({ row, value: row.cells[column].dataset.sort }));
    rows.sort((a, b) => {
      if (a.value === "" || b.value === "") return (a.value === "") - (b.value === "");
      if (isText) return sign * a.value.localeCompare(b.value);
      return sign * (Number(a.value) - Number(b.value));
    });
    body.append(...rows.map((each) => each.row));
  }
}

// Plots of one kind share a place: one is shown. On a narrow screen a plot fits in whole, and can be enlarged to scroll.
function startPlots() {
  for (const button of document.querySelectorAll(".enlarge")) {
    button.addEventListener("click", () => {
      const enlarged = button.closest(".plot").classList.toggle("enlarged");
      button.textContent = enlarged ? "Whole picture" : "Enlarge";
      button.setAttribute("aria-expanded", String(enlarged));
      const frame = button.closest(".plot").querySelector(".picture");
      if (enlarged) frame.tabIndex = 0; else frame.removeAttribute("tabindex");
    });
  }
  for (const choice of document.querySelectorAll("select[data-family]")) {
    choice.addEventListener("change", () => {
      for (const option of choice.options) byId(option.value).hidden = option.value !== choice.value;
    });
  }
}

function startTables() {
  for (const table of document.querySelectorAll("table.scores")) {
    [...table.tHead.rows[0].cells].forEach((cell, column) => {
      cell.querySelector("button").addEventListener("click", () => sortTable(table, column));
    });
  }
  const views = byId("views");
  if (views) {
    views.addEventListener("change", (event) => {
      for (const input of views.querySelectorAll("input")) byId(`view-${input.value}`).hidden = input !== event.target;
    });
  }
}
