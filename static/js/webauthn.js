// Buttons that need passkeys are shown where the browser has them.
export function showPasskeyButtons(root) {
  if (!window.PublicKeyCredential) return;
  for (const button of root.querySelectorAll("[data-needs=webauthn][hidden]")) button.hidden = false;
}
