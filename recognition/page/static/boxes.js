// Boxes around the characters of a picture of this size, the chosen one stronger; they take the pointer only where
// `onChoice(index)` hears which was clicked.
export function boxes(parts, width, height, chosen, onChoice) {
  const NS = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(NS, "svg");
  svg.setAttribute("class", onChoice ? "boxes clickable" : "boxes");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  parts.forEach((part, index) => {
    const [left, top, right, bottom] = part.box;
    const box = document.createElementNS(NS, "rect");
    for (const [name, value] of Object.entries({ x: left, y: top, width: right - left, height: bottom - top })) {
      box.setAttribute(name, value);
    }
    box.setAttribute("class", `${part.recognized ? "" : "unsure"} ${index === chosen ? "chosen" : ""}`);
    if (onChoice) box.onclick = () => onChoice(index);
    svg.append(box);
  });
  return svg;
}
