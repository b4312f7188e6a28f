// What htmx could not fetch is said in words, and never leaves a page looking saved when it is not.
function say(key) {
  const words = document.getElementById("request-words");
  const place = document.getElementById("notices");
  if (!words || !place) return;
  const notice = words.content.firstElementChild.cloneNode(true);
  notice.querySelector(".text").textContent = words.dataset[key];
  // One at a time: a page that polls while the line is down would pile them up.
  place.replaceChildren(notice);
}

export function watchRequests(root) {
  root.addEventListener("htmx:sendError", () => say("offline"));
  root.addEventListener("htmx:timeout", () => say("offline"));
  root.addEventListener("htmx:responseError", () => say("failed"));
  root.addEventListener("htmx:afterOnLoad", (event) => {
    if (event.detail.successful) document.getElementById("notices")?.replaceChildren();
  });
  // Whoever was signed out meanwhile gets the page of signing in, in place of a page that loses a part of itself.
  root.addEventListener("htmx:beforeSwap", (event) => {
    const answered = new URL(event.detail.xhr.responseURL || window.location.href);
    if (!answered.pathname.startsWith("/account/") || window.location.pathname.startsWith("/account/")) return;
    event.detail.shouldSwap = false;
    window.location.reload();
  });
}
