// What the page tells of the model: a line at its head, and the facts at its foot.
import { $, element } from "./elements.js";
import { localNumber, percent, word } from "./language.js";
import { card, cellsFit } from "./model.js";

function showCard() {
  if (!card) return;
  const { test } = card.scores;
  $("served").textContent = word("served", card.name, card.classes.length, percent(test.accuracy));
  $("invitation").textContent = word("invitation", card.classes.slice(0, 10).join(" "));
  $("explained").textContent = cellsFit() ? word("explained", card.shape[0] * card.shape[1], card.range[1]) : "";
  $("report").hidden = !card.report;
  $("facts").replaceChildren(...Object.entries(facts(card)).flatMap(([key, fact]) =>
    [element("dt", { textContent: word(key) }), element("dd", { textContent: fact })]));
}

function facts({ classes, data, date, range, recipe, scores: { test }, shape }) {
  const images = Object.values(data.counts).reduce((sum, count) => sum + count, 0);
  return {
    data: word("images", data.name, localNumber(images), classes.length),
    accuracy: word("share", localNumber(test.correct), localNumber(test.total), percent(test.accuracy, 2),
      ...test.interval.map(end => percent(end, 2))),
    classes: classes.join(" "),
    size: word("values", shape.join("×"), range[1]),
    recipe: recipe.name,
    date: new Date(date).toLocaleString(document.documentElement.lang),
  };
}

for (const event of ["card", "language"]) document.addEventListener(event, showCard);
