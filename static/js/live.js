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

  const people = () => [...new Set([...root.querySelectorAll("[data-person]")].map((row) => row.dataset.person))];
  let followed = "";

  function open() {
    close();
    if (ended || root.hidden) return;
    followed = people().join(",");
    const asked = new URLSearchParams({ language: words.dataset.language, people: followed });
    source = new EventSource(`${words.dataset.url}?${asked}`);
    source.addEventListener("snapshot", (event) => {
      wait = FIRST_WAIT;
      say("");
      show(root, JSON.parse(event.data));
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
  open();
}

function show(root, state) {
  for (const [id, one] of Object.entries(state.people ?? {})) {
    for (const row of root.querySelectorAll(`[data-person="${CSS.escape(id)}"]`)) {
      put(row, one ?? { dot: "offline", text: "" });
    }
  }
  if (state.me) for (const row of root.querySelectorAll("[data-me]")) put(row, state.me);
  if (state.now !== undefined) {
    const place = root.querySelector("[data-live-now]");
    const fresh = root.createElement("template");
    fresh.innerHTML = state.now;
    // What stands there already is left alone: readers would say it again.
    if (place && plain(fresh) !== plain(place)) place.replaceChildren(fresh.content);
  }
}

function plain(element) {
  return element.innerHTML.replace(/\s+/g, " ").trim();
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
