// Lines of characters -> what may be a character, and what it costs to leave ink out, as `imaging/segmentation.py` weighs.
import { joined, nearlyTouch, onBorder } from "./characters.js";
import { fragments } from "./cutting.js";
import { clip, quantile } from "./grids.js";
import { constants } from "./parameters.js";

const { BORDER, BROAD, CUT, FOUND, LEFT_OUT, LOW, MOST, RUN, USUAL, WIDE, WIDEST } = constants.segmentation;
const { SMALL, SURE } = constants.characters;

export function segment(lines, clear, ink) {
  const stroke = strokeThickness(ink), cut = segmented(lines, clear, ink, stroke);
  return cut.hypotheses.length > MOST ? segmented(lines, new Set(lines.flat()), ink, stroke) : cut;
}

function segmented(lines, clear, ink, stroke) {
  const hypotheses = [], prices = [], least = Math.min(...lines.flat().map(character => onBorder(character, ink)));
  lines.forEach((line, number) => {
    const height = usualHeight(line), parts = [], owners = [], cuts = [];
    for (const character of line) {
      const { parts: some, costs } = clear.has(character) ? { parts: [character], costs: [] } : fragments(character, height);
      parts.push(...some);
      owners.push(...some.map(() => character));
      cuts.push(0, ...costs);
    }
    cuts.push(0);
    const usual = Math.max(1, quantile(line.map(amountOf), 0.5));
    for (const [first, after] of runs(parts, owners, clear)) {
      const character = together(parts.slice(first, after), owners.slice(first, after), owners), { ink: own } = character;
      if (after - first > 1 && character !== owners[first] && own.width > WIDEST * Math.max(height, own.height)) continue;
      const weight = FOUND * line.includes(character) + CUT * (cuts[first] + cuts[after]) / stroke + formWeight(own, height)
        + BORDER * Math.max(0, onBorder(character, ink) - least);
      hypotheses.push({ first: prices.length + first, after: prices.length + after, character, line: number, weight });
    }
    prices.push(...parts.map(part => LEFT_OUT * amountOf(part) / usual));
  });
  return { hypotheses, prices };
}

const amountOf = ({ ink }) => ink.data.filter(value => value > SURE).length;

// Return the runs of fragments that may be one character: the first, and the one after the last.
function runs(parts, owners, clear) {
  const all = [];
  for (let first = 0; first < parts.length; first += 1) {
    for (let last = first; last < Math.min(first + RUN, parts.length); last += 1) {
      const [one, other] = [owners[last - 1], owners[last]], isApart = clear.has(one) || clear.has(other);
      if (last > first && one !== other && (isApart || !nearlyTouch(parts[last - 1], parts[last]))) break;
      all.push([first, last + 1]);
    }
  }
  return all;
}

// Return a run of fragments as one: the very character that they were cut from, if they are all of it.
function together(parts, owners, everyone) {
  const isWhole = owners[0] === owners.at(-1) && parts.length === everyone.filter(owner => owner === owners[0]).length;
  return isWhole ? owners[0] : parts.reduce(joined);
}

function formWeight({ width, height }, usual) {
  const low = Math.min(0, Math.log(height / usual) - USUAL);
  return LOW * low ** 2 + WIDE * (clip(width / usual, ...BROAD) - BROAD[0]);
}

function usualHeight(line) {
  const heights = line.map(({ ink }) => ink.height), most = Math.max(...heights);
  return quantile(heights.filter(height => height >= SMALL * most), 0.5);
}

// Return the mean thickness of strokes in pixels: twice their area over their outline.
function strokeThickness({ height, width, data }) {
  let area = 0, edges = 0;
  data.forEach((value, place) => {
    const dark = value > SURE;
    area += dark;
    edges += place % width > 0 && dark !== data[place - 1] > SURE;
    edges += place >= width && dark !== data[place - width] > SURE;
  });
  return Math.max(1, 2 * area / Math.max(1, edges * Math.PI / 4));
}
