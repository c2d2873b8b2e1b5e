// The table of units: found by name and city, sorted by a click on a header. No library, no network.
(() => {
  "use strict";
  const table = document.getElementById("unit-table"), body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  const rows = [...body.rows], search = document.getElementById("search"), city = document.getElementById("city");
  const some = document.getElementById("some"), told = document.getElementById("told");
  const number = (cell) => Number(cell.textContent.replaceAll(",", ""));
  const plain = (text) => text.normalize("NFKC").toLowerCase().replace(/\s/g, "");
  const names = new Map(rows.map((row) => [row, plain(row.cells[0].textContent)]));

  function filter() {
    const wanted = plain(search.value);
    let left = 0;
    for (const row of rows) {
      const fits = names.get(row).includes(wanted) && (!city.value || row.cells[1].textContent === city.value)
        && (!some.checked || number(row.cells[5]) > 0);
      row.hidden = !fits;
      left += fits;
    }
    told.textContent = `显示 ${left} 个单位，共 ${rows.length} 个`;
  }

  function sort(at) {
    const head = heads[at], figures = at > 1;
    const rising = head.getAttribute("aria-sort") === "none" ? !figures : head.getAttribute("aria-sort") === "descending";
    for (const other of heads) other.setAttribute("aria-sort", other === head ? (rising ? "ascending" : "descending") : "none");
    const order = new Intl.Collator("zh-CN", {numeric: true}), sign = rising ? 1 : -1;
    const text = (row) => row.cells[at].textContent;
    rows.sort((a, b) => sign * (figures ? number(a.cells[at]) - number(b.cells[at]) : order.compare(text(a), text(b))));
    body.append(...rows);
  }

  heads.forEach((head, at) => head.firstElementChild.addEventListener("click", () => sort(at)));
  for (const control of [search, city, some]) for (const kind of ["input", "change"]) control.addEventListener(kind, filter);
  document.querySelector("form.controls").addEventListener("submit", (event) => event.preventDefault());
  filter();
})();
