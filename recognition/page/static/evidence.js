// What an answer rests on: the characters found, what the model saw of one, and the likeliest labels for it.
import { button, element } from "./elements.js";
import { confidencePercent, isNothing, word } from "./language.js";
import { cellsFit } from "./model.js";

export function tiles(parts, chosen, labelOf, isSure, choose) {
  const items = parts.map((part, index) => {
    const sure = isSure(index), label = labelOf(index);
    return element("li", {}, button({ "aria-pressed": index === chosen, onclick: () => choose(index) },
      seen(part, ""), element("span", { className: sure ? "" : "unsure", textContent: sure ? label || "–" : `${label}?` })));
  });
  return element("ul", { className: "tiles", "aria-label": word("found") }, ...items);
}

export function evidence(part) {
  return element("div", { className: "evidence" }, ...(part.seen ? [sight(part)] : []), bars(part.top));
}

function seen(part, alt) {
  return part.seen ? element("img", { className: "seen", src: part.seen, alt }) : "";
}

// The event "cells" opens what the model saw where it can be painted on.
function sight(part) {
  const figure = element("figure", {}, seen(part, word("saw")), element("figcaption", { textContent: word("saw") }));
  if (cellsFit()) {
    const open = () => document.dispatchEvent(new CustomEvent("cells", { detail: part.seen }));
    figure.append(button({ className: "quiet", textContent: word("intoCells"), onclick: open }));
  }
  return figure;
}

function bars(candidates) {
  const items = candidates.filter(({ confidence }, rank) => rank === 0 || !isNothing(confidence)).map(({ label, confidence }) => {
    const bar = element("span", { className: "bar" });
    bar.style.width = `${100 * confidence}%`;
    return element("li", {},
      element("span", { className: "name", textContent: label }),
      element("span", { className: "track", "aria-hidden": "true" }, bar),
      element("span", { className: "share", textContent: confidencePercent(confidence) }));
  });
  return element("ol", { className: "bars", "aria-label": word("likeliest") }, ...items);
}
