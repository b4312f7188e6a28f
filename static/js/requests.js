// What htmx could not fetch is said in words, and never leaves a page looking saved when it is not.
import { announce } from "./announce.js";

export function watchRequests(root) {
  const fail = (key) => {
    const text = document.getElementById("request-words")?.dataset[key];
    if (text) announce(text);
  };
  root.addEventListener("htmx:sendError", () => fail("offline"));
  root.addEventListener("htmx:timeout", () => fail("offline"));
  root.addEventListener("htmx:responseError", () => fail("failed"));
}
