// Findings: shown or hidden as the controls say.
const controls = document.getElementById("controls");
function choose() {
  const words = controls.words.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const one of document.querySelectorAll(".finding")) {
    const fits = ["level", "party", "protocol"].every((key) => !controls[key].value || one.dataset[key] === controls[key].value)
      && words.every((word) => one.textContent.toLowerCase().includes(word));
    one.hidden = !fits;
    if (fits) shown += 1;
  }
  document.getElementById("shown").textContent = `${shown} shown`;
}
if (controls) {
  controls.hidden = false;
  controls.addEventListener("input", choose);
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.elements.open.addEventListener("click", () => {
    const all = [...document.querySelectorAll(".finding:not([hidden])")];
    const open = all.some((one) => !one.open);
    for (const one of all) one.open = open;
  });
  choose();
}
unfold();
