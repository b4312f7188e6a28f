// What goes on changes while one looks: one stream of events for the page, closed while nobody looks at it.
// Browsers open six connections to a place at most, so a tab in the background must not hold one.
const FIRST_WAIT = 2000;
const LONGEST_WAIT = 60000;

export function followLive(root) {
  const words = root.getElementById("live-words");
  if (!words || !window.EventSource) return;
  let source = null;
  let wait = FIRST_WAIT;
  let timer = 0;
  let ended = false;

  const people = () => [
    ...new Set([
      ...[...root.querySelectorAll("[data-person]")].map((row) => row.dataset.person),
      ...[...root.querySelectorAll("[data-follows]")].flatMap((part) => part.dataset.follows.split(" ")).filter(Boolean),
    ]),
  ];
  const queues = () =>
    [...new Set([...root.querySelectorAll("[data-queues]")].flatMap((part) => part.dataset.queues.split(" ")))].filter(Boolean);
  let followed = "";
  let behind = false;

  function open() {
    close();
    if (ended || root.hidden) return;
    followed = people().join(",");
    const asked = new URLSearchParams({ language: words.dataset.language, people: followed, queues: queues().join(",") });
    source = new EventSource(`${words.dataset.url}?${asked}`);
    source.addEventListener("snapshot", (event) => {
      wait = FIRST_WAIT;
      say("");
      show(root, JSON.parse(event.data), true);
      // What was missed while nobody listened is fetched.
      if (behind) root.querySelectorAll("[data-queues]").forEach(renew);
      behind = true;
      root.documentElement.dataset.live = "on";
    });
    source.addEventListener("change", (event) => show(root, JSON.parse(event.data)));
    source.addEventListener("away", () => say(words.dataset.away));
    source.addEventListener("back", () => say(""));
    source.addEventListener("end", (event) => {
      const why = JSON.parse(event.data);
      if (why === "signed_out") end();
      else if (why === "elsewhere") close();
    });
    source.addEventListener("error", () => {
      delete root.documentElement.dataset.live;
      // A stream that ended is asked for again by the browser; one that was refused is not.
      if (!source || source.readyState !== EventSource.CLOSED) return;
      say(words.dataset.away);
      close();
      timer = window.setTimeout(open, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT);
    });
  }

  function close() {
    window.clearTimeout(timer);
    if (source) source.close();
    source = null;
    delete root.documentElement.dataset.live;
  }

  function end() {
    ended = true;
    close();
    say(words.dataset.ended, words.dataset.again);
  }

  function say(text, link = "") {
    root.querySelector(".live-state")?.remove();
    if (!text) return;
    const notice = words.content.firstElementChild.cloneNode(true);
    notice.querySelector(".text").textContent = text;
    if (link) {
      const again = root.createElement("a");
      again.className = "button small";
      again.href = window.location.href;
      again.textContent = link;
      notice.append(again);
    }
    root.querySelector("main .page-head, main h1")?.before(notice);
  }

  root.addEventListener("visibilitychange", () => (root.hidden ? close() : open()));
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (event) => event.persisted && open());
  root.addEventListener("htmx:afterSettle", () => people().join(",") !== followed && open());
  window.setInterval(() => root.hidden || tick(root), 1000);
  open();
}

function show(root, state, isAll = false) {
  for (const [id, one] of Object.entries(state.people ?? {})) {
    for (const row of root.querySelectorAll(`[data-person="${CSS.escape(id)}"]`)) {
      put(row, one ?? { dot: "offline", text: "" });
    }
    if (!isAll) for (const part of root.querySelectorAll(`[data-follows~="${CSS.escape(id)}"]`)) renew(part);
  }
  if (state.me) for (const row of root.querySelectorAll("[data-me]")) put(row, state.me);
  for (const [name, html] of Object.entries(state.places ?? {})) {
    for (const place of root.querySelectorAll(`[data-live="${CSS.escape(name)}"]`)) fill(root, place, html);
  }
  for (const id of state.queues ?? []) {
    for (const part of root.querySelectorAll(`[data-queues~="${CSS.escape(id)}"]`)) renew(part);
  }
}

// What stands there already is left alone: readers would say it again.
function fill(root, place, html) {
  const fresh = root.createElement("template");
  fresh.innerHTML = html;
  if (plain(fresh.content) === plain(place)) return;
  const focused = place.contains(root.activeElement) ? root.activeElement.id : "";
  // What somebody is about to choose stays chosen.
  const chosen = [...place.querySelectorAll("select[id]")].map((select) => [select.id, select.value]);
  for (const form of fresh.content.querySelectorAll("form[method=post]")) {
    const token = root.createElement("input");
    Object.assign(token, { type: "hidden", name: "csrfmiddlewaretoken", value: csrf(root) });
    form.prepend(token);
    const next = form.querySelector("input[name=next]");
    if (next) next.value = window.location.pathname + window.location.search;
  }
  const rang = new Set(ringing(place));
  place.replaceChildren(fresh.content);
  // What became of one call is no longer said above the next that rings.
  if (ringing(place).some((call) => !rang.has(call))) root.querySelector("#outcome.success")?.remove();
  for (const [id, value] of chosen) {
    const select = place.querySelector(`#${CSS.escape(id)}`);
    if (select) select.value = value;
  }
  window.htmx?.process(place);
  if (focused) root.getElementById(focused)?.focus();
}

const ringing = (place) => [...place.querySelectorAll(".live-call.rings")].map((card) => card.dataset.call);

function csrf(root) {
  return JSON.parse(root.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "";
}

function plain(element) {
  const copy = element.cloneNode(true);
  for (const input of copy.querySelectorAll("input[name=csrfmiddlewaretoken]")) input.remove();
  for (const input of copy.querySelectorAll("input[name=next]")) input.removeAttribute("value");
  for (const clock of copy.querySelectorAll("[data-since]")) clock.textContent = "";
  for (const part of copy.querySelectorAll("[data-loads]")) part.replaceWith(part.getAttribute("hx-get"));
  const holder = element.ownerDocument.createElement("div");
  holder.append(...copy.childNodes);
  return holder.innerHTML.replace(/\s+/g, " ").trim();
}

// A part of a page that is fetched again when it changed, a few times a minute at most however busy it is.
const RENEW = 1500;
const waiting = new Map();

function renew(part) {
  const id = part.id;
  if (waiting.has(id)) {
    waiting.set(id, true);
    return;
  }
  waiting.set(id, false);
  window.setTimeout(() => {
    const again = waiting.get(id);
    waiting.delete(id);
    const now = document.getElementById(id);
    if (again && now) renew(now);
  }, RENEW);
  part.dispatchEvent(new CustomEvent("renew"));
}

// Times that run: how long somebody has waited.
function tick(root) {
  for (const clock of root.querySelectorAll("[data-since]")) {
    const seconds = Math.max(0, Math.round((Date.now() - Date.parse(clock.dataset.since)) / 1000));
    write(clock, `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`);
  }
}

function put(row, one) {
  const dot = row.querySelector("[data-dot]");
  if (dot) dot.dataset.presence = one.dot;
  write(row.querySelector("[data-says]"), one.text);
  write(row.querySelector("[data-reason]"), one.reason);
}

function write(place, text) {
  if (place && text !== undefined && place.textContent !== text) place.textContent = text;
}
