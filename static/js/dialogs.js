// <a href="/confirm-page/" data-dialog="#id"> opens the dialog where there is one; the link works without.
export function watchDialogs(root) {
  root.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    const dialog = opener && document.querySelector(opener.dataset.dialog);
    if (dialog?.showModal) {
      event.preventDefault();
      dialog.showModal();
      return;
    }
    if (event.target.closest("[data-dialog-close]")) {
      const open = event.target.closest("dialog");
      if (open) { event.preventDefault(); open.close(); }
    }
  });
}
