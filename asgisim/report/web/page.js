"use strict";
// What every page has: buttons that copy, and links to a part that is folded away.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const words = button.previousElementSibling.textContent;
  const tell = (told) => { button.textContent = told; setTimeout(() => { button.textContent = "copy"; }, 1500); };
  // A page opened from a file may have no clipboard: the words are marked then, to be copied by hand.
  const mark = () => { getSelection().selectAllChildren(button.previousElementSibling); tell("marked"); };
  if (navigator.clipboard) navigator.clipboard.writeText(words).then(() => tell("copied"), mark);
  else mark();
});
function unfold() {
  const place = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
  for (let one = place; one; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true;
  if (place) place.scrollIntoView();
}
addEventListener("hashchange", unfold);
