// A server may want a token; it is kept for as long as the tab is open. The event "unlocked" follows a new one.
import { $, save } from "./elements.js";
import { recall } from "./memory.js";

let token = recall("sessionStorage", "token");

export function credentials() {
  return token ? { Authorization: `Bearer ${token}` } : {};
}

export function lock() {
  if (!$("lock").hidden) return;
  $("lock").hidden = false;
  $("token").focus();
}

$("lock").addEventListener("submit", event => {
  event.preventDefault();
  token = $("token").value.trim();
  recall("sessionStorage", "token", token);
  $("token").value = "";
  $("lock").hidden = true;
  document.dispatchEvent(new Event("unlocked"));
});

// A link cannot send the token: what it leads to is fetched, and saved as a file.
for (const link of document.querySelectorAll(".links a")) {
  link.addEventListener("click", async event => {
    if (!token) return;
    event.preventDefault();
    const answer = await fetch(link.href, { headers: credentials() });
    const kind = answer.headers.get("Content-Type").startsWith("text/html") ? "html" : "json";
    save(await answer.blob(), `${document.body.dataset.model} ${link.pathname.match(/\w+/)[0]}.${kind}`);
  });
}
