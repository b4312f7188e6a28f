// Say something to a screen reader without moving focus.
export function announce(text) {
  const region = document.getElementById("announcements");
  if (!region) return;
  // The same text twice is read twice only if the region was empty in between.
  region.textContent = "";
  requestAnimationFrame(() => { region.textContent = text; });
}
