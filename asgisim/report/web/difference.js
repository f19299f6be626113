// Two servers side by side: the cases whose outcome, or what was seen, is not the same behind both.
const difference = document.getElementById("difference");
function status(cell, at) {
  const letter = cell.got[at];
  return letter === " " ? null : grid.statuses[letter];
}
function words(cell, at) {
  const note = cell.notes[at] || {};
  return note.seen || note.message || "";
}
function row([frameworks, id, sides], names) {
  const outcomes = sides.map(([found, heard], side) => make("td", { "data-name": names[side] }, tag(...found), make("div", { class: "small" }, heard)));
  return make("tr", {}, make("td", {}, frameworks.join(", ")), make("td", {}, make("code", {}, id)), ...outcomes);
}
function compare() {
  const form = difference.querySelector("form").elements;
  const groups = new Map(); // the same difference in several frameworks is one
  const names = [form.one.value, form.other.value];
  let cells = 0;
  for (const one of grid.cells.filter((cell) => cell.behind === names[0] && cell.got.trim())) {
    const other = grid.cells.find((cell) => cell.behind === names[1] && cell.framework === one.framework && cell.got.trim());
    if (!other || (form.framework.value && form.framework.value !== one.framework)) continue;
    cells += 1;
    grid.cases.forEach(([id], at) => {
      const [left, right] = [one, other].map((cell) => status(cell, at));
      if (!left || !right) return;
      const [mine, its] = [one, other].map((cell) => (cell.notes[at] || {}).seen || "");
      if (left === right && mine === its) return;
      const sides = [[left, words(one, at)], [right, words(other, at)]];
      const key = JSON.stringify([id, sides]);
      if (!groups.has(key)) groups.set(key, [at, [[], id, sides]]);
      groups.get(key)[1][0].push(grid.titles[one.framework] || one.framework);
    });
  }
  const rows = [...groups.values()].sort((a, b) => a[0] - b[0]).map(([, group]) => row(group, names));
  const count = `${rows.length} difference${rows.length === 1 ? "" : "s"} in ${cells} framework${cells === 1 ? "" : "s"} that ran behind both.`;
  const table = make("div", { class: "scroll", tabindex: "0" }, make("table", {},
    make("thead", {}, make("tr", {}, ...["framework", "case", ...names].map((name) => make("th", {}, name)))), make("tbody", {}, ...rows)));
  difference.querySelector(".result").replaceChildren(make("p", {}, count), rows.length ? table : "");
}
if (difference) {
  difference.hidden = false;
  const form = difference.querySelector("form");
  form.addEventListener("input", compare);
  form.addEventListener("submit", (event) => event.preventDefault());
  compare();
}
