// The grid: what its matrix shows, and the cell that is open. All words of the data go in as text.
const grid = JSON.parse(document.getElementById("data").textContent);
const panel = document.getElementById("cell");
const controls = document.getElementById("controls");
const shades = ["good", "bad", "warn", "off"];

function make(tag, attributes, ...inside) {
  const one = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === "class") one.className = value; else if (value !== null) one.setAttribute(name, value);
  }
  one.append(...inside.filter((part) => part !== null && part !== ""));
  return one;
}
function tag(words, shade) { return make("span", { class: `tag ${shade || ""}` }, words); }
function copied(command) {
  return make("span", { class: "copied" }, make("code", {}, command), make("button", { type: "button", class: "quiet", "data-copy": "" }, "copy"));
}
function option(value, words) { return make("option", { value }, words); }

// The matrix

function paint(one, [words, shade]) {
  one.textContent = words;
  one.classList.remove(...shades);
  one.classList.add(shade);
}
function filter() {
  const { framework, server, loop, category, red } = controls.elements;
  for (const one of document.querySelectorAll("#matrix [data-cell]")) paint(one, grid.cells[one.dataset.cell].by[category.value]);
  for (const one of document.querySelectorAll("#matrix [data-sum]")) paint(one, grid.sums[one.dataset.sum][category.value]);
  for (const one of document.querySelectorAll("#matrix [data-framework]")) {
    one.hidden = Boolean(framework.value) && one.dataset.framework !== framework.value;
  }
  for (const row of document.querySelectorAll("#matrix tbody tr")) {
    const cells = [...row.querySelectorAll("td:not([hidden]) > [data-cell]")];
    const fits = (!server.value || row.dataset.server === server.value) && (!loop.value || row.dataset.loop === loop.value);
    row.hidden = !fits || (red.checked && !cells.some((one) => one.classList.contains("bad") || one.classList.contains("warn")));
  }
}

// A cell

let opened = null;
function show(number, wanted) {
  const cell = grid.cells[number];
  if (!cell) return;
  opened = number;
  for (const one of document.querySelectorAll("#matrix [data-cell]")) one.setAttribute("aria-pressed", String(one.dataset.cell === String(number)));
  const close = make("button", { type: "button", class: "quiet", id: "close" }, "close");
  const list = make("div", {});
  const form = make("form", { class: "controls" },
    make("label", {}, "status", make("select", { name: "status" }, option("but", "neither passed nor skipped"), option("", "all"),
      ...grid.statuses.filter((_, at) => cell.got.includes(String(at))).map(([name]) => option(name, name)))),
    make("label", {}, "search", make("input", { type: "search", name: "words", placeholder: "case or words" })));
  panel.replaceChildren(
    make("h2", {}, `${grid.titles[cell.framework] || cell.framework} behind ${cell.behind} `, close),
    make("p", {}, tag(cell.state || cell.by[""][0], cell.by[""][1]), ` ${cell.told}`),
    cell.reason ? make("p", {}, cell.reason) : "",
    make("p", { class: "facts" }, cell.facts),
    cell.rerun ? make("p", {}, copied(cell.rerun)) : "",
    cell.got.trim() ? form : "", list);
  const dull = (letter) => letter === undefined || letter === " " || ["pass", "skip"].includes(grid.statuses[letter][0]);
  if ([...cell.got].every(dull) || (wanted && dull(cell.got[place(wanted)]))) form.elements.status.value = "";
  const fill = () => cases(cell, list, form.elements.status.value, form.elements.words.value, wanted);
  form.addEventListener("input", fill);
  form.addEventListener("submit", (event) => event.preventDefault());
  close.addEventListener("click", shut);
  fill();
  panel.hidden = false;
  (panel.querySelector("details[open]") || panel).scrollIntoView();
}
function shut() {
  panel.hidden = true;
  const button = document.querySelector(`#matrix [data-cell="${opened}"]`);
  if (button) { button.setAttribute("aria-pressed", "false"); button.focus(); }
  history.replaceState(null, "", location.pathname + location.search);
}
function place(id) { return grid.cases.findIndex((one) => one[0] === id); }
function cases(cell, list, status, words, wanted) {
  const asked = words.toLowerCase().split(/\s+/).filter(Boolean);
  const parts = [];
  for (const [category, title] of Object.entries(grid.categories)) {
    const here = [];
    grid.cases.forEach((one, at) => {
      const letter = cell.got[at];
      if (one[1] !== category || letter === " ") return;
      const [name, shade] = grid.statuses[letter];
      if (status === "but" ? name === "pass" || name === "skip" : status && name !== status) return;
      const note = cell.notes[at] || {};
      const heard = `${one[0]} ${one[2]} ${note.message || ""} ${note.seen || ""}`.toLowerCase();
      if (asked.every((word) => heard.includes(word))) here.push(entry(one, name, shade, note, one[0] === wanted));
    });
    if (here.length) parts.push(make("h3", {}, `${title}: ${cell.by[category][0]}`), ...here);
  }
  list.replaceChildren(...(parts.length ? parts : [make("p", { class: "faint" }, cell.got.trim() ? "Nothing of that kind." : "")]));
}
function entry([id, , sentence, level, section, address], name, shade, note, open) {
  const box = make("details", { class: "case" }, make("summary", {}, make("span", { class: "title" }, id), tag(name, shade),
    make("span", { class: "grow" }, note.message || note.seen || sentence)));
  const fill = () => {
    if (box.childElementCount > 1) return;
    const facts = make("dl", {});
    const add = (term, ...words) => facts.append(make("dt", {}, term), make("dd", {}, ...words));
    add("Asked", sentence || id);
    add("Level", level);
    if (note.message) add("Here", note.message);
    if (note.seen) add("Seen", note.seen);
    if (note.findings) add("Rules", ...note.findings.map((one) => make("div", {}, make("code", {}, one))));
    if (note.attempts) add("Tried", `${note.attempts} times`);
    if (section) add("Spec", address ? make("a", { href: address, rel: "noreferrer noopener" }, section) : section);
    if (note.again) add("Replay", copied(note.again));
    box.append(make("div", { class: "inside" }, facts, note.timeline ? timeline(note.timeline) : ""));
  };
  box.addEventListener("toggle", fill);
  if (open) { box.open = true; fill(); }
  return box;
}
function timeline(moments) {
  const sides = [...new Set(["client", "app", ...moments.map(([, side]) => side)])];
  const rows = moments.map(([at, side, what]) => make("tr", {}, make("td", { class: "number" }, `${at.toFixed(4)}`),
    ...sides.map((one) => make("td", { class: one === side ? "said" : "" }, one === side ? what : ""))));
  return make("div", { class: "scroll" }, make("table", { class: "sides" },
    make("thead", {}, make("tr", {}, make("th", {}, "seconds"), ...sides.map((one) => make("th", {}, one)))), make("tbody", {}, ...rows)));
}

// Where we are

function go() {
  const [what, number, ...rest] = decodeURIComponent(location.hash.slice(1)).split("/");
  if (what === "cell") show(Number(number), rest.join("/") || null); else unfold();
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("#matrix [data-cell]");
  const link = event.target.closest("a[data-open]");
  if (!button && !link) return;
  event.preventDefault();
  const hash = `#cell/${button ? button.dataset.cell : link.dataset.open}`;
  if (location.hash === hash) go(); else location.hash = hash;
});
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && !panel.hidden) shut(); });
controls.hidden = false;
controls.addEventListener("input", filter);
controls.addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", go);
filter();
go();
