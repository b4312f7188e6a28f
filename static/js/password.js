// A show/hide button beside every password field. Words come from the page, in its language.
export function addPasswordToggles(root) {
  const words = document.getElementById("password-toggle");
  if (!words) return;
  const fields = root.matches?.("input[type=password]") ? [root] : root.querySelectorAll("input[type=password]");
  for (const input of fields) {
    if (input.dataset.toggle !== undefined || input.closest("#content-main, .admin-login")) continue;
    input.dataset.toggle = "";
    const frame = document.createElement("span");
    frame.className = "affix";
    input.before(frame);
    frame.append(input, makeButton(input, words));
  }
}

function makeButton(input, words) {
  const button = words.content.firstElementChild.cloneNode(true);
  const label = input.labels?.[0]?.textContent.trim();
  const name = (shown) => {
    const text = shown ? button.dataset.hide : button.dataset.show;
    button.setAttribute("aria-label", label ? `${text}: ${label}` : text);
    button.setAttribute("aria-pressed", String(shown));
  };
  name(false);
  button.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    name(shown);
  });
  // A visible password must not be kept in the browser's form history.
  input.form?.addEventListener("submit", () => { input.type = "password"; name(false); });
  return button;
}
