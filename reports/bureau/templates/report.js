// The page's tables: each sorts by its headers; a long one is searched, filtered and shown a part at a time. No library, no network.
(() => {
  "use strict";
  const PART = matchMedia("(max-width: 45rem)").matches ? 10 : 50, LONG = 15;  // lines shown at once; lines from which a table can be searched
  const order = new Intl.Collator("zh-CN", {numeric: true});
  const plain = (text) => text.normalize("NFKC").toLowerCase().replace(/\s/g, "");
  const number = (cell) => { const text = cell.textContent.replace(/[,%\s]/g, ""); return text === "" ? -Infinity : Number(text); };
  const make = (name, properties, ...children) => { const made = Object.assign(document.createElement(name), properties); made.append(...children); return made; };
  const filters = new Map();  // table → its filter by a column of numbers

  function enliven(table) {
    const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells], all = [...body.rows];
    const name = table.caption.textContent, search = make("input", {type: "search", autocomplete: "off"});
    const told = make("p", {}), before = make("button", {type: "button", textContent: "上一页"}), after = make("button", {type: "button", textContent: "下一页"});
    told.setAttribute("role", "status");
    const tests = [];  // each says of a line whether it is wanted
    let lines = all, start = 0;

    function label(line) {  // for narrow screens, where headers don't stand above
      line.setAttribute("role", "row");
      for (const [at, cell] of [...line.cells].entries()) {
        if (at) cell.dataset.label = heads[at].textContent;
        cell.toggleAttribute("data-number", /^[\d,.%]+$/.test(cell.textContent));
        cell.setAttribute("role", at ? "cell" : "rowheader");
      }
    }

    function show() {
      const part = lines.slice(start, start + PART);
      part.forEach(label);
      body.replaceChildren(...part);
      before.disabled = start === 0;
      after.disabled = start + PART >= lines.length;
      before.hidden = after.hidden = lines.length <= PART;
      const found = lines.length < all.length ? `找到 ${lines.length} 行，共 ${all.length} 行` : `共 ${all.length} 行`;
      told.textContent = lines.length > PART ? `${found}，显示第 ${start + 1} 至 ${start + part.length} 行` : found;
    }

    function filter() {
      const wanted = new Set(all.filter((line) => tests.every((test) => test(line))));
      lines = sorted.filter((line) => wanted.has(line));
      start = 0;
      show();
    }

    let sorted = all;
    function sort(at, rising) {
      const cells = all.map((line) => line.cells[at]), counts = cells.every((cell) => !Number.isNaN(number(cell)));
      const head = heads[at], was = head.getAttribute("aria-sort");
      rising ??= was === "none" ? !counts : was === "descending";
      for (const other of heads) other.setAttribute("aria-sort", other === head ? (rising ? "ascending" : "descending") : "none");
      const keys = new Map(all.map((line, row) => [line, counts ? number(cells[row]) : cells[row].textContent]));
      const sign = rising ? 1 : -1;
      sorted = [...all].sort((one, two) => sign * (counts ? Math.sign(keys.get(one) - keys.get(two)) || 0 : order.compare(keys.get(one), keys.get(two))));
      filter();
    }

    function chooser(label, words, test) {
      const select = make("select", {}, ...words.map((word) => make("option", {}, word)));
      tests.push((line) => select.selectedIndex === 0 || test(line, select.value));
      select.addEventListener("change", filter);
      controls.append(make("label", {}, label, select));
      return select;
    }

    table.setAttribute("role", "table");
    for (const [at, head] of all.length > 1 ? heads.entries() : []) {
      head.setAttribute("aria-sort", "none");
      head.setAttribute("role", "columnheader");
      const button = make("button", {type: "button", textContent: head.textContent});
      button.addEventListener("click", () => sort(at));
      head.replaceChildren(button);
    }
    table.classList.add("live");
    if (table.tFoot) [...table.tFoot.rows].forEach(label);
    const controls = make("form", {className: "controls"});
    if (all.length > LONG || heads.some((head) => "only" in head.dataset)) {
      let texts;  // made at the first search
      tests.push((line) => {
        const wanted = plain(search.value);
        texts ??= new Map(all.map((each) => [each, plain(each.textContent)]));
        return !wanted || texts.get(line).includes(wanted);
      });
      search.addEventListener("input", filter);
      controls.append(make("label", {}, "查找", search));
      for (const [at, head] of heads.entries()) {
        if (!("choose" in head.dataset)) continue;
        const value = (line) => line.cells[at].firstChild?.textContent ?? "";
        const words = [...new Set(all.map(value))].filter(Boolean).sort(order.compare);
        chooser(head.textContent, [head.dataset.choose, ...words], (line, word) => value(line) === word);
      }
      const numbers = heads.filter((head) => "only" in head.dataset).map((head) => head.textContent);
      if (numbers.length) {
        const column = (word) => heads.findIndex((head) => head.textContent === word);
        const select = chooser("只列有", ["全部", ...numbers], (line, word) => number(line.cells[column(word)]) > 0);
        filters.set(table.id, (word) => { controls.reset(); select.value = word; sort(column(word), false); });
      }
      controls.append(before, after, told);
      controls.setAttribute("role", "search");
      controls.setAttribute("aria-label", `查找：${name}`);
      controls.addEventListener("submit", (event) => event.preventDefault());
      before.addEventListener("click", () => { start -= PART; show(); });
      after.addEventListener("click", () => { start += PART; show(); });
      table.parentElement.before(controls);
      addEventListener("beforeprint", () => body.replaceChildren(...lines));
      addEventListener("afterprint", show);
    }
    show();
  }

  for (const table of document.querySelectorAll("table.list")) enliven(table);
  for (const link of document.querySelectorAll("a[data-only]")) link.addEventListener("click", () => filters.get("unit-table")?.(link.dataset.only));
})();
