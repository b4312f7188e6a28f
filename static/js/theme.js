// Show the theme at once when it is chosen; the form saves it.
export function previewTheme(root) {
  root.addEventListener("change", (event) => {
    if (event.target.matches("input[name=theme]")) {
      document.documentElement.dataset.theme = event.target.value;
    }
  });
}
