// Everything here adds to pages that already work without it.
import { watchCopyButtons } from "./copy.js";
import { countLetters } from "./counter.js";
import { watchDialogs } from "./dialogs.js";
import { takeChosen } from "./chosen.js";
import { followLive } from "./live.js";
import { addPasswordToggles } from "./password.js";
import { previewTheme } from "./theme.js";
import { watchRequests } from "./requests.js";
import { showPasskeyButtons } from "./webauthn.js";

watchCopyButtons(document);
countLetters(document);
watchDialogs(document);
followLive(document);
takeChosen(document);
previewTheme(document);
watchRequests(document);
showPasskeyButtons(document);
addPasswordToggles(document);
document.addEventListener("htmx:load", (event) => addPasswordToggles(event.target));
