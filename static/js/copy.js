// <button class="copy" data-copy="text" hidden data-done="Copied">: shown only where it can work.
import { announce } from "./announce.js";

const SHOWN_FOR_MS = 1600;

async function copyFrom(button) {
  const source = button.dataset.copyFrom && document.querySelector(button.dataset.copyFrom);
  const text = source ? (source.value ?? source.textContent) : button.dataset.copy;
  await navigator.clipboard.writeText(text);
  button.dataset.copied = "";
  announce(button.dataset.done);
  setTimeout(() => delete button.dataset.copied, SHOWN_FOR_MS);
}

export function watchCopyButtons(root) {
  // The clipboard exists on https and localhost alone.
  if (!navigator.clipboard) return;
  const show = (within) => within.querySelectorAll?.("[data-copy][hidden], [data-copy-from][hidden]")
    .forEach((button) => { button.hidden = false; });
  show(root);
  root.addEventListener("htmx:load", (event) => show(event.target));
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy], [data-copy-from]");
    if (button) copyFrom(button);
  });
}
