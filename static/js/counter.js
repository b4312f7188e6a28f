// How much of a note is left, while one writes it.
export function countLetters(root) {
  root.addEventListener("input", (event) => {
    const count = event.target.closest?.(".note-line")?.querySelector(".note-count");
    if (count) say(count, event.target);
  });
  for (const count of root.querySelectorAll(".note-count")) say(count, count.parentElement.querySelector("input"));
}

function say(count, input) {
  count.textContent = `${input.value.length}/${input.maxLength}`;
  count.hidden = false;
}
