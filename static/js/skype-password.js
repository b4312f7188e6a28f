// Tick the rules of the Skype password as it is typed. The server judges by the same conditions, and by one more:
// the list of common passwords, which stays there.
const list = document.querySelector("[data-password-rules]");
const password = document.querySelector("[data-skype-password]");
const username = document.querySelector("input[name=username]");
const SHORTEST = 8;
const SHORTEST_NAME = 3;
const PAUSE_MS = 700;

const folded = (text) => text.normalize("NFKC").toLowerCase();
const name = () => folded((username?.value ?? list.dataset.username ?? "").trim().split("@")[0]);

const conditions = {
  length: (text) => [...text].length >= SHORTEST,
  digit: (text) => /\p{Nd}/u.test(text),
  lower: (text) => /\p{Ll}/u.test(text),
  upper: (text) => /\p{Lu}/u.test(text),
  no_username: (text) => name().length < SHORTEST_NAME || !folded(text).includes(name()),
};

function tick() {
  const text = password.value;
  for (const item of list.children) {
    const holds = conditions[item.dataset.rule];
    const state = !holds || !text ? "" : holds(text) ? "met" : "broken";
    if (item.dataset.state === state) continue;
    item.dataset.state = state;
    item.querySelector("[data-words]").textContent = state ? `: ${list.dataset[state]}` : "";
  }
}

if (list && password) {
  const { announce } = await import("./announce.js");
  let pause;
  const typed = () => {
    tick();
    // A screen reader hears what is missing when the typing rests, not at every key.
    clearTimeout(pause);
    pause = setTimeout(() => {
      const missing = [...list.children].filter((item) => item.dataset.state === "broken");
      if (missing.length) announce(missing.map((item) => item.textContent.trim()).join(", "));
    }, PAUSE_MS);
  };
  password.addEventListener("input", typed);
  username?.addEventListener("input", tick);
}
