// The tabs: those that the model can be asked in, and the one that is shown.
import { $ } from "./elements.js";
import { cellsFit, isOfCharacters } from "./model.js";

export const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const tabs = [...$("tabs").children];
const panelOf = tab => $(tab.getAttribute("aria-controls"));

export function showTab(id) {
  for (const tab of tabs) {
    const chosen = panelOf(tab).id === id;
    tab.setAttribute("aria-selected", chosen);
    tab.tabIndex = chosen ? 0 : -1;
    panelOf(tab).hidden = !chosen;
  }
}

for (const tab of tabs) tab.onclick = () => showTab(panelOf(tab).id);
$("tabs").addEventListener("keydown", event => {
  if (!(event.key in ARROWS)) return;
  const shown = tabs.filter(tab => !tab.hidden), [across, down] = ARROWS[event.key];
  const next = shown.at((shown.indexOf(event.target) + across + down) % shown.length);
  next.focus();
  next.click();
});
document.addEventListener("card", ({ detail }) => {
  $("tab-draw").hidden = $("tabs").hidden = !isOfCharacters();
  $("tab-cells").hidden = !cellsFit();
  if (detail.reshaped) showTab(isOfCharacters() ? "draw" : "pictures");
});
