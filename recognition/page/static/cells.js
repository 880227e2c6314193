// Pixel by pixel: what the model gets as numbers, painted cell by cell.
import { AnswerView } from "./answer.js";
import { $, element, greyOf, inkOnCanvas, png, save } from "./elements.js";
import { word } from "./language.js";
import { card, cellsFit } from "./model.js";
import { newest } from "./newest.js";
import { predictRow } from "./server.js";
import { ARROWS, showTab } from "./tabs.js";

let levels = [], cellNodes = [];
let painting = null;  // {level, x, y} while the pointer is down: the ink, and where it was
const cellsAnswer = new AnswerView($("cells-answer"), "waitingCells");
const isBlank = () => levels.every(level => level === 0);

function layCells() {
  const [height, width] = card.shape, [, full] = card.range;
  levels = Array(height * width).fill(0);
  $("ink").max = $("ink").value = full;
  $("level").textContent = full;
  const cells = () => Array.from({ length: width }, () => element("div", { role: "gridcell", tabIndex: -1 }));
  $("grid").replaceChildren(...Array.from({ length: height }, () => element("div", { role: "row" }, ...cells())));
  cellNodes = [...$("grid").querySelectorAll("[role=gridcell]")];
  cellNodes[0].tabIndex = 0;
}

function showCells() {
  if (!levels.length) return;
  const [, width] = card.shape;
  cellNodes.forEach((node, index) => {
    const level = levels[index], grey = greyOf(level, card.range[1]);
    node.textContent = level;
    node.style.backgroundColor = `rgb(${grey} ${grey} ${grey})`;
    node.classList.toggle("dark", grey < 120);
    node.setAttribute("aria-label", word("cell", Math.floor(index / width) + 1, index % width + 1, level));
  });
  const row = start => levels.slice(start, start + width).map(level => String(level).padStart(3)).join(",");
  const rows = levels.filter((_, index) => index % width === 0).map((_, index) => row(index * width));
  if ($("posted")) $("posted").textContent = `POST /prediction\n{"instances": [[\n${rows.join(",\n")}\n]]}`;
  $("blank").disabled = $("download").disabled = isBlank();
}

function setCells(indices, level) {
  const within = Math.min(card.range[1], Math.max(0, level));
  const changing = indices.filter(index => index >= 0 && levels[index] !== within);
  if (!changing.length) return;
  for (const index of changing) levels[index] = within;
  recogniseCells();
}

function recogniseCells() {
  showCells();
  if (isBlank()) cellsAnswer.empty();
  askAboutCells(isBlank());
}

const askAboutCells = newest(async signal => {
  if (!isBlank()) await cellsAnswer.follow(predictRow(levels, signal), cellsAsPng, askAboutCells);
});

// The cells as a picture of as many pixels, as `client.py` reads it.
const cellsAsPng = () => png(inkOnCanvas(levels, card.shape, card.range[1]));

async function intoCells(url) {
  const [height, width] = card.shape, small = element("canvas", { width, height }).getContext("2d");
  const image = element("img", { src: url });
  await image.decode();
  small.drawImage(image, 0, 0);
  const { data } = small.getImageData(0, 0, width, height);
  levels = levels.map((_, index) => Math.round(card.range[1] * (1 - data[4 * index] / 255)));
  showTab("cells");
  recogniseCells();
}

function cellAt(x, y) {
  return cellNodes.indexOf(document.elementFromPoint(x, y));
}

// The cells on the way from a point to another: a quick pointer is seen far apart.
function cellsBetween(from, to) {
  const stride = cellNodes[0].clientWidth / 4, steps = Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / stride) || 1;
  return Array.from({ length: steps }, (_, step) => (step + 1) / steps).map(share =>
    cellAt(from.x + share * (to.x - from.x), from.y + share * (to.y - from.y)));
}

$("grid").addEventListener("pointerdown", event => {
  const { clientX: x, clientY: y } = event, index = cellAt(x, y), ink = Number($("ink").value);
  if (index < 0 || event.button !== 0) return;
  painting = { level: levels[index] === ink ? 0 : ink, x, y };  // again on the same: wipe
  setCells([index], painting.level);
});
$("grid").addEventListener("pointermove", event => {
  if (!painting) return;
  const to = { x: event.clientX, y: event.clientY };
  setCells(cellsBetween(painting, to), painting.level);
  Object.assign(painting, to);
});
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => (painting = null));
$("grid").addEventListener("keydown", event => {
  const index = cellNodes.indexOf(event.target), [height, width] = card.shape;
  if (event.key in ARROWS) {
    const [across, down] = ARROWS[event.key];
    const column = index % width + across, row = Math.floor(index / width) + down;
    if (column < 0 || column >= width || row < 0 || row >= height) return;
    event.target.tabIndex = -1;
    cellNodes[row * width + column].tabIndex = 0;
    cellNodes[row * width + column].focus();
  } else if (event.key === " " || event.key === "Enter") {
    setCells([index], Number($("ink").value));
  } else if (event.key === "+" || event.key === "-") {
    setCells([index], levels[index] + (event.key === "+" ? 1 : -1));
  } else {
    return;
  }
  event.preventDefault();
});
$("ink").oninput = () => ($("level").textContent = $("ink").value);
$("blank").onclick = () => {
  levels.fill(0);
  recogniseCells();
};
$("download").onclick = () => save(cellsAsPng(), "digit.png");
document.addEventListener("cells", event => intoCells(event.detail));
document.addEventListener("language", showCells);
document.addEventListener("card", ({ detail }) => {
  if (!cellsFit()) return;
  if (detail.reshaped) layCells();
  recogniseCells();
});
