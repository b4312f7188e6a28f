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

// The same estimate as telephony/rules/strength.py; a test compares the two.
const meter = document.getElementById("password-strength");
const PREDICTABLE = 0.25;
const STEPS = [[75, 4], [60, 3], [45, 2]];

export function bits(password, username) {
  let text = password.normalize("NFKC");
  if (username.length >= SHORTEST_NAME && text.toLowerCase().includes(username)) {
    text = text.toLowerCase().replaceAll(username, "\0");
  }
  const pool = 26 * /[a-z]/.test(text) + 26 * /[A-Z]/.test(text) + 10 * /[0-9]/.test(text) + 33 * /[^a-zA-Z0-9]/.test(text);
  let length = 0, before = 0, step = 99;
  for (const letter of text) {
    const here = letter.codePointAt(0);
    const move = here - before;
    length += move === 0 || (Math.abs(move) === 1 && move === step) ? PREDICTABLE : 1;
    [before, step] = [here, move];
  }
  return pool ? length * Math.log2(pool) : 0;
}

function measure(text) {
  if (!meter) return;
  const found = bits(text, name());
  const level = text ? (STEPS.find(([least]) => found >= least)?.[1] ?? 1) : 0;
  meter.hidden = !level;
  meter.dataset.level = level;
  meter.querySelector("[data-strength-word]").textContent = level ? meter.dataset.words.split("|")[level - 1] : "";
}

function tick() {
  const text = password.value;
  measure(text);
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
