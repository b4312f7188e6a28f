// What is taken from the list below a field counts at once, not when the field is left: the page says what it means.
export function takeChosen(root) {
  root.addEventListener("input", ({ target }) => {
    if (!target.list || !target.value) return;
    const isOne = [...target.list.options].some((option) => option.value === target.value);
    if (isOne) target.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
