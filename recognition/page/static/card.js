// What the page tells of the model: a line at its head, and the facts at its foot.
import { $, element } from "./elements.js";
import { localNumber, percent, word } from "./language.js";
import { card, cellsFit, isOfCharacters } from "./model.js";

const LISTED = 12;  // classes; of more, some are named

function showCard() {
  $("title").textContent = card?.name ?? word("title");
  document.title = card ? `${card.name} – ${word("title")}` : word("title");
  if (!card) return;
  const classes = classList(card.classes, isOfCharacters() ? " " : ", ");
  const reads = $("pictures") ? "reads" : "readsDrawings";
  $("served").textContent = word(isOfCharacters() ? reads : "tells", classes, percent(card.scores.test.accuracy));
  $("invitation").textContent = word("invitation", classes);
  $("explained").textContent = cellsFit() ? word("explained", card.shape[0] * card.shape[1], card.range[1]) : "";
  offer("report", card.report);
  offer("export", isOfCharacters());
  offer("restriction", isOfCharacters());
  $("facts").replaceChildren(...Object.entries(facts(card)).flatMap(([key, fact]) =>
    [element("dt", { textContent: word(key) }), element("dd", { textContent: fact })]));
}

// What is on the page only where there is a server.
function offer(id, isThere) {
  if ($(id)) $(id).hidden = !isThere;
}

function classList(classes, gap) {
  if (classes.length <= LISTED) return classes.join(gap);
  return word("many", [...classes.slice(0, 5), "…", ...classes.slice(-3)].join(gap), classes.length);
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
