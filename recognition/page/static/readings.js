// The readings of several characters: the whole label with some of them taken for others.
const SHOWN = 3;

// `labels` stand in place of those of the parts; what is between them stays.
export function labelWith(whole, parts, labels) {
  let rest = whole, label = "";
  parts.forEach((part, index) => {
    const at = rest.indexOf(part.label);
    label += rest.slice(0, at) + labels[index];
    rest = rest.slice(at + part.label.length);
  });
  return label;
}

// The likeliest readings but the first: those that the server gives, or those that differ in one character.
export function runnersUp({ label, confidence, characters, top }) {
  const others = top?.slice(1) ?? characters.flatMap((part, index) => part.top.slice(1).map(other => ({
    label: labelWith(label, characters, characters.map((each, place) => (place === index ? other.label : each.label))),
    confidence: confidence * other.confidence / part.confidence,
  })));
  return others.sort((a, b) => b.confidence - a.confidence).slice(0, SHOWN);
}
