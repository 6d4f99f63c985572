"use strict";
// Draws the report from the JSON beside it. Every text goes in as textContent: nothing from the image is ever markup.
(() => {
  const D = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const el = (tag, props = {}, ...kids) => {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(props)) {
      if (key === "class") node.className = value;
      else if (key in node) node[key] = value;
      else node.setAttribute(key, value);
    }
    node.append(...kids);
    return node;
  };
  const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];
  // As the other reports round: what is exactly in the middle goes to the even digit; toFixed goes away from zero.
  const rounded = (value, digits) => {
    const scaled = value * 10 ** digits;
    const even = Number.isInteger(scaled * 2) && !Number.isInteger(scaled) && Math.floor(scaled) % 2 === 0;
    return even ? (Math.floor(scaled) / 10 ** digits).toFixed(digits) : value.toFixed(digits);
  };
  const size = (bytes) => {
    let unit = 0;
    const value = () => bytes / 1000 ** unit;
    while (unit < UNITS.length - 1 && value() >= 1000) unit += 1;
    if (unit === 0) return `${bytes} B`;
    if (unit < UNITS.length - 1 && Number(rounded(value(), 0)) >= 1000) unit += 1;
    const short = rounded(value(), 1);
    if (Number(short) < 100) return `${short} ${UNITS[unit]}`;
    return `${rounded(value(), 0)} ${UNITS[unit]}`;
  };
  const percent = (ratio) => (ratio === null ? "n/a" : `${(Math.floor(ratio * 1000) / 10).toFixed(1)} %`);
  const FATES = ["live", "overwritten", "reshipped", "deleted"];
  const state = { query: "", layer: null, mode: "live", path: [], shown: {}, sort: {} };

  function header() {
    document.documentElement.dataset.theme = "";
    $("reference").textContent = D.image.reference;
    $("facts").textContent = D.image.facts;
    if (D.verdict) {
      $("verdict").hidden = false;
      $("verdict").textContent = D.verdict.status.toUpperCase();
      $("verdict").classList.add(D.verdict.status);
    }
    const atLeast = D.partial ? "at least " : "";
    const tiles = [["shipped", atLeast + size(D.ledger.total)], ["in the image", size(D.ledger.live)],
      ["wasted", atLeast + size(D.ledger.wasted)], ["efficiency", percent(D.ledger.efficiency)],
      ["layers", String(D.layers.length)]];
    const { saving, parts, levels } = D.counted;
    if (saving) tiles.push([parts ? `to save (${parts})` : "to save", saving]);
    if (levels) $("findings-count").textContent = levels;
    $("tiles").append(...tiles.map(([name, value]) => el("div", { class: "tile" }, el("b", { textContent: value }), name)));
    for (const fate of FATES) {
      const bytes = D.ledger[fate];
      if (!bytes) continue;
      const part = el("i", { class: fate, title: `${fate}: ${size(bytes)}` });
      part.style.width = `${100 * bytes / (D.ledger.total || 1)}%`;
      $("fates").append(part);
      $("legend").append(el("span", {}, el("i", { class: `dot ${fate}` }), `${fate} ${size(bytes)}`));
    }
    $("fates").setAttribute("aria-label", FATES.map((fate) => `${fate} ${size(D.ledger[fate])}`).join(", "));
    $("made").textContent = D.made;
  }

  function rules() {
    if (!D.verdict) return;
    $("rules-section").hidden = false;
    for (const rule of D.verdict.rules) {
      const said = el("td", {}, rule.text, rule.reason ? el("span", { class: "dim", textContent: `  ${rule.reason}` }) : "");
      for (const line of rule.details) said.append(el("div", { class: "dim", textContent: line }));
      $("rules").tBodies[0].append(el("tr", {}, el("td", {}, el("span", { class: `status ${rule.status}`, textContent: rule.status })),
        el("td", { class: "p", textContent: rule.rule }), said));
    }
  }

  function mini(layer, most) {
    const bar = el("div", { class: "mini" });
    for (const fate of FATES) {
      const part = el("i", { class: fate });
      part.style.width = `${100 * layer[fate] / (most || 1)}%`;
      bar.append(part);
    }
    return bar;
  }

  // One table: columns are [title, number?, value of a row, cell of a row]; sorted by a click on its head.
  function table(id, rows, columns, options = {}) {
    const node = $(id), step = options.step || 200;
    const sort = state.sort[id] || (state.sort[id] = { column: options.column ?? null, down: true });
    node.tHead.replaceChildren(el("tr", {}, ...columns.map(([title, number], index) => {
      const on = sort.column === index;
      const button = el("button", { type: "button", textContent: title + (on ? (sort.down ? " ▼" : " ▲") : "") });
      button.addEventListener("click", () => {
        sort.down = on ? !sort.down : Boolean(number);
        sort.column = index;
        draw();
      });
      const head = el("th", { class: number ? "n" : "" }, button);
      head.setAttribute("aria-sort", on ? (sort.down ? "descending" : "ascending") : "none");
      return head;
    })));
    const chosen = rows.filter(options.keep || (() => true));
    if (sort.column !== null) {
      const value = columns[sort.column][2], sign = sort.down ? -1 : 1;
      chosen.sort((a, b) => { const x = value(a), y = value(b); return x < y ? -sign : x > y ? sign : 0; });
    }
    const limit = state.shown[id] || step, body = node.tBodies[0];
    body.replaceChildren();
    for (const row of chosen.slice(0, limit)) {
      const line = el("tr", {}, ...columns.map(([, number, value, cell]) => {
        const made = cell ? cell(row) : value(row);
        return el("td", { class: number ? "n" : options.path === value ? "p" : "" }, typeof made === "number" ? String(made) : made);
      }));
      body.append(line);
      if (options.row) options.row(line, row);
    }
    node.parentElement.querySelector(".more")?.remove();
    const total = options.total && !state.query && state.layer === null ? options.total : chosen.length;
    const more = el("p", { class: "more dim", textContent: `${Math.min(limit, chosen.length).toLocaleString("en")} of ${total.toLocaleString("en")} shown ` });
    if (chosen.length > limit) {
      const button = el("button", { type: "button", textContent: "more" });
      button.addEventListener("click", () => { state.shown[id] = limit + step * 5; draw(); });
      more.append(button);
    } else if (options.total > rows.length) more.append("; the JSON and CSV reports have them all");
    node.parentElement.append(more);
  }

  const has = (...texts) => !state.query || texts.some((text) => text && text.toLowerCase().includes(state.query));
  const pick = (index) => { state.layer = state.layer === index ? null : index; draw(); };

  function layers() {
    const most = Math.max(...D.layers.map((layer) => layer.total), 1);
    table("layers", D.layers, [
      ["#", true, (layer) => layer.index], ["shipped", true, (layer) => layer.total, (layer) => size(layer.total)],
      ["wasted", true, (layer) => layer.wasted, (layer) => (layer.wasted ? size(layer.wasted) : "")],
      ["", false, (layer) => layer.total, (layer) => mini(layer, most)],
      ["instruction", false, (layer) => layer.text, (layer) => el("span", { class: "p", textContent: layer.text.slice(0, 160), title: layer.text.slice(0, 2000) })],
    ], {
      keep: (layer) => has(layer.text, layer.digest), row: (line, layer) => {
        line.className = "pickable" + (state.layer === layer.index ? " picked" : "");
        line.tabIndex = 0;
        line.addEventListener("click", () => pick(layer.index));
        line.addEventListener("keydown", (event) => { if (event.key === "Enter") pick(layer.index); });
      },
    });
  }

  function source() {
    const rows = [], box = $("source");
    const name = D.dockerfile.lines.length ? D.dockerfile.name : "History";
    $("source-title").textContent = name;
    if (D.dockerfile.lines.length) {
      D.dockerfile.lines.forEach((text, index) => {
        const step = D.steps.find((one) => one.line === index + 1 && one.layer !== null) || null;
        const inside = D.steps.find((one) => one.line !== null && one.line <= index + 1 && index + 1 <= one.end && one.layer !== null);
        rows.push({ no: index + 1, text, layer: step ? step.layer : null, inside: inside ? inside.layer : null });
      });
    } else D.steps.forEach((step) => rows.push({ no: step.line ?? "", text: step.text, layer: step.layer, inside: step.layer }));
    box.replaceChildren(...rows.map((row) => {
      const layer = row.layer === null ? null : D.layers[row.layer];
      const line = el("div", { class: "src" }, el("span", { class: "no", textContent: String(row.no) }),
        el("span", { class: "by", textContent: layer ? size(layer.total) : "" }), el("span", { class: "tx", textContent: row.text }));
      const owner = row.inside;
      if (owner !== null) {
        line.classList.add("has");
        if (D.layers[owner].wasted > D.layers[owner].total / 10) line.classList.add("wasteful");
        line.title = `layer ${owner}: ${size(D.layers[owner].total)} shipped, ${size(D.layers[owner].wasted)} wasted`;
        line.addEventListener("click", () => pick(owner));
      }
      if (owner !== null && owner === state.layer) line.classList.add("picked");
      return line;
    }));
    const picked = box.querySelector(".picked");
    if (picked) box.scrollTop = picked.offsetTop - box.offsetTop - 60;
  }

  // Squarified treemap (Bruls, Huizing, van Wijk 2000).
  function squares(items, x, y, width, height, place) {
    let rest = items.slice(), total = items.reduce((sum, item) => sum + item.value, 0);
    while (rest.length && total > 0 && width > 0.5 && height > 0.5) {
      const side = Math.min(width, height), scale = width * height / total;
      let row = [], sum = 0, worst = Infinity;
      while (rest.length > row.length) {
        const next = rest[row.length].value, more = sum + next, length = more * scale / side;
        const ratio = Math.max(...[...row, rest[row.length]].map((item) => {
          const across = item.value * scale / length;
          return Math.max(across / length, length / across);
        }));
        if (ratio > worst) break;
        row.push(rest[row.length]); sum = more; worst = ratio;
      }
      const thick = sum * scale / side;
      let at = 0;
      for (const item of row) {
        const long = item.value * scale / thick;
        if (width >= height) place(item, x, y + at, thick, long); else place(item, x + at, y, long, thick);
        at += long;
      }
      if (width >= height) { x += thick; width -= thick; } else { y += thick; height -= thick; }
      rest = rest.slice(row.length); total -= sum;
    }
  }

  function map() {
    const box = $("map"), dead = state.mode === "dead" ? 1 : 0;
    let node = D.tree;
    for (const index of state.path) node = node[3][index];
    const crumbs = [el("button", { type: "button", textContent: "/" })];
    crumbs[0].addEventListener("click", () => { state.path = []; map(); });
    let walk = D.tree;
    state.path.forEach((index, depth) => {
      walk = walk[3][index];
      const crumb = el("button", { type: "button", textContent: walk[0] });
      crumb.addEventListener("click", () => { state.path = state.path.slice(0, depth + 1); map(); });
      crumbs.push(crumb, depth < state.path.length - 1 ? "/" : "");
    });
    $("crumbs").replaceChildren(...crumbs, el("span", { class: "dim", textContent: ` ${size(node[1 + dead])}` }));
    box.replaceChildren();
    if (!fill(box, node, state.path, 0, 0, box.clientWidth, box.clientHeight, dead, 0)) {
      box.append(el("p", { class: "dim", textContent: "nothing here" }));
    }
  }

  // Draws the children of a directory, and theirs in areas that are large enough to read.
  function fill(box, node, path, left, top, wide, high, dead, depth) {
    const items = (node[3] || []).map((child, index) => ({ child, index, value: child[1 + dead] }))
      .filter((item) => item.value > 0).sort((a, b) => b.value - a.value);
    squares(items, left, top, wide, high, (item, x, y, width, height) => {
      const leaf = !item.child[3] || !item.child[3].length, here = [...path, item.index];
      const cell = el("button", { type: "button", class: (dead ? "waste " : "") + (leaf ? "leaf" : ""), title: `${item.child[0]}  ${size(item.value)}` });
      const open = !leaf && depth < 3 && width > 90 && height > 60;
      if (width > 34 && height > 15) cell.append(el("span", { textContent: open ? `${item.child[0]}  ${size(item.value)}` : item.child[0] }));
      if (!open && width > 50 && height > 32) cell.append(el("span", { textContent: size(item.value) }));
      Object.assign(cell.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
      if (!leaf) cell.addEventListener("click", () => { state.path = here; map(); });
      box.append(cell);
      if (open) fill(box, item.child, here, x + 3, y + 18, width - 6, height - 21, dead, depth + 1);
    });
    return items.length;
  }

  const LEVELS = { note: 0, warning: 1, error: 2 };
  function findings() {
    $("findings-section").hidden = !D.findings.length;
    const inLayer = (one) => state.layer === null || one.owners.includes(state.layer) || one.killers.includes(state.layer);
    table("findings", D.findings, [
      ["level", false, (one) => LEVELS[one.level], (one) => el("span", { class: `level ${one.level}`, textContent: one.level })],
      ["rule", false, (one) => one.rule], ["finding", false, (one) => one.title, (one) => one.title + (one.ignored ? `  (${one.ignored})` : "")],
      ["saves", true, (one) => one.saving, (one) => (one.saving ? size(one.saving) : "")],
      ["line", true, (one) => one.line ?? 0, (one) => String(one.line ?? "")],
      ["layers", false, (one) => one.owners[0] ?? -1, (one) => one.owners.join(", ") + (one.killers.length ? ` → ${one.killers.join(", ")}` : "")],
    ], {
      keep: (one) => inLayer(one) && has(one.title, one.rule, one.why, one.advice, ...one.paths),
      row: (line, one) => {
        line.className = "pickable";
        line.tabIndex = 0;
        const toggle = () => {
          if (line.nextSibling && line.nextSibling.className === "detail") { line.nextSibling.remove(); return; }
          const cell = el("td", { colSpan: 6 });
          for (const text of [one.why, one.advice]) if (text) cell.append(el("p", { textContent: text }));
          if (one.fix) cell.append(el("pre", { textContent: one.fix }));
          if (one.paths.length) cell.append(el("pre", { textContent: one.paths.join("\n") + (one.pathCount > one.paths.length ? `\n… and ${one.pathCount - one.paths.length} more` : "") }));
          line.after(el("tr", { class: "detail" }, cell));
        };
        line.addEventListener("click", toggle);
        line.addEventListener("keydown", (event) => { if (event.key === "Enter") toggle(); });
      },
    });
  }

  function waste() {
    $("waste-section").hidden = !D.waste.length;
    const path = (row) => row[0];
    const inLayer = (row) => state.layer === null || row[3].includes(state.layer) || row[4] === state.layer;
    table("waste", D.waste, [
      ["wasted", true, (row) => row[1], (row) => size(row[1])], ["path", false, path],
      ["fate", false, (row) => row[2], (row) => el("span", {}, el("i", { class: `dot ${row[2]}` }), row[2])],
      ["shipped by", false, (row) => row[3][0], (row) => row[3].join(", ")], ["ended by", true, (row) => row[4]],
    ], { keep: (row) => inLayer(row) && has(row[0]), column: 0, path, total: D.wasteCount, step: 100 });
  }

  function files() {
    const path = (row) => row[0];
    table("files", D.files, [
      ["size", true, (row) => row[1], (row) => size(row[1])], ["path", false, path], ["layer", true, (row) => row[2]],
    ], { keep: (row) => (state.layer === null || row[2] === state.layer) && has(row[0]), column: 0, path, total: D.fileCount, step: 100 });
  }

  function draw() {
    const chip = $("selected");
    chip.hidden = state.layer === null;
    chip.replaceChildren();
    if (state.layer !== null) {
      const off = el("button", { type: "button", textContent: `layer ${state.layer} ✕`, title: "Show all layers" });
      off.addEventListener("click", () => pick(state.layer));
      chip.append(off);
    }
    layers(); source(); findings(); waste(); files();
  }

  for (const button of document.querySelectorAll("[data-mode]")) {
    button.addEventListener("click", () => {
      state.mode = button.dataset.mode;
      for (const other of document.querySelectorAll("[data-mode]")) other.setAttribute("aria-pressed", String(other === button));
      map();
    });
  }
  $("search").addEventListener("input", (event) => { state.query = event.target.value.trim().toLowerCase(); draw(); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== $("search")) { event.preventDefault(); $("search").focus(); }
  });
  $("theme").addEventListener("click", () => {
    const dark = document.documentElement.dataset.theme ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    document.documentElement.dataset.theme = dark ? "light" : "dark";
  });
  window.addEventListener("resize", map);
  header(); rules(); draw(); map();
  for (const note of D.notes) { $("notes-section").hidden = false; $("notes").append(el("li", { textContent: note })); }
  document.documentElement.dataset.ready = "true";
})();
