// The album: pictures that are read a few at a time, a summary of their answers, and all of them as CSV.
import { $, save } from "./elements.js";
import { word } from "./language.js";
import { Picture } from "./picture.js";
import { say } from "./status.js";
import { showTab } from "./tabs.js";

const AT_ONCE = 2, MOST_PICTURES = 100;
const COLUMNS = ["file", "label", "confidence", "recognized"];  // as of `client.py -o`
let album = [], waiting = [], busy = 0;

function queue(...pictures) {
  waiting.push(...pictures.filter(picture => !waiting.includes(picture)));
  while (busy < AT_ONCE && waiting.length) {
    busy += 1;
    const picture = waiting.shift();
    picture.recognise().finally(() => {
      busy -= 1;
      queue();
    });
  }
}

export function take(files) {
  const pictures = [...files].slice(0, MOST_PICTURES).map(file => new Picture(file, { change: summarise, toggle, remove, retry: queue }));
  if (!pictures.length) return;
  if (files.length > MOST_PICTURES) say("tooMany", MOST_PICTURES, files.length - MOST_PICTURES);
  showTab("pictures");
  album = [...pictures, ...album];
  $("album").prepend(...pictures.map(picture => picture.item));
  if (pictures.length === 1) toggle(pictures[0]);
  summarise();
  queue(...pictures);
}

// One picture at a time is large.
function toggle(picture) {
  const isOpen = !picture.isOpen;
  for (const each of album) each.open(isOpen && each === picture);
}

function remove(...pictures) {
  for (const picture of pictures) picture.leave();
  album = album.filter(picture => !pictures.includes(picture));
  waiting = waiting.filter(picture => !pictures.includes(picture));
  summarise();
}

function summarise() {
  const count = isCounted => album.filter(({ view }) => isCounted(view)).length;
  const counts = {
    sure: count(view => view.answer?.recognized),
    notSure: count(view => view.answer && !view.answer.recognized),
    unread: count(view => view.trouble),
    underWay: count(view => !view.answer && !view.trouble),
  };
  const clauses = Object.entries(counts).filter(([, number]) => number).map(([key, number]) => word(key, number));
  $("summary").textContent = clauses.join(word("comma"));
  $("album-tools").hidden = !album.length;
  $("table").disabled = !counts.sure && !counts.notSure;
}

function csv() {
  const quoted = value => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const rows = album.filter(({ view }) => view.answer).map(({ file, view }) =>
    [file.name, view.label, view.answer.confidence, view.answer.recognized ? "True" : "False"]);
  return [COLUMNS, ...rows].map(row => row.map(value => quoted(String(value))).join(",") + "\r\n").join("");
}

$("pattern").addEventListener("change", () => queue(...album.filter(({ view }) => !view.corrections.any)));  // what was corrected stays
$("table").onclick = () => save(new Blob([csv()], { type: "text/csv" }), "answers.csv");
$("remove-all").onclick = () => remove(...album);
document.addEventListener("language", summarise);
