// Text to the clipboard, with HTTPS or without.
import { element } from "./elements.js";

export async function copyText(text) {
  if (navigator.clipboard) {
    const copied = await navigator.clipboard.writeText(text).then(() => true, () => false);
    if (copied) return;
  }
  const area = element("textarea", { value: text, readOnly: true });  // without HTTPS there is no clipboard
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
