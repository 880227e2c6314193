// Examples to click, while nothing has been asked: images of the model's own test part, as its card brings them, and
// for a model of digits a number on paper.
import { take } from "./album.js";
import { blobOf, button, element } from "./elements.js";
import { word } from "./language.js";
import { card } from "./model.js";

const NUMBER = "/static/examples/number.jpg";

function examplesOf({ classes, examples = [] }) {
  const tests = examples.map(({ label, image }) => ({ label, source: image, content: () => blobOf(image) }));
  const readsNumbers = [..."0123456789"].every(digit => classes.includes(digit));
  const content = async () => (await fetch(NUMBER)).blob();
  return readsNumbers ? [...tests, { label: word("number"), source: NUMBER, content }] : tests;
}

function buttonOf({ label, source, content }) {
  const onclick = async () => {
    const blob = await content();
    take([new File([blob], word("example", label), { type: blob.type })]);
  };
  const image = element("img", { src: source, alt: word("example", label), className: source === NUMBER ? "" : "tiny" });
  return button({ onclick }, image);
}

function showExamples() {
  const examples = card ? examplesOf(card) : [];
  for (const place of document.querySelectorAll(".examples")) {
    const hint = element("p", { className: "hint", textContent: word("examples") });
    place.replaceChildren(...(examples.length ? [hint, ...examples.map(buttonOf)] : []));
  }
}

for (const event of ["card", "language"]) document.addEventListener(event, showExamples);
