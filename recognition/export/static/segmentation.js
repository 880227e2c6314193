// Lines of characters -> what may be a character, and what it costs to leave ink out, as `imaging/segmentation.py` weighs.
import { joined, nearlyTouch, onBorder } from "./characters.js";
import { fragments } from "./cutting.js";
import { clip, quantile } from "./grids.js";
import { constants } from "./parameters.js";

const { BORDER, BROAD, CUT, HOPELESS, LEFT_OUT, MADE, MOST, OTHER, RUN, SMALLER, USUAL, WIDE } = constants.segmentation;
const { SMALL, SURE } = constants.characters;

export function segment(lines, clear, ink) {
  const stroke = strokeThickness(ink), cut = segmented(lines, clear, ink, stroke);
  return cut.hypotheses.length > MOST ? segmented(lines, new Set(lines.flat()), ink, stroke) : cut;
}

function segmented(lines, clear, ink, stroke) {
  const hypotheses = [], prices = [], least = Math.min(...lines.flat().map(character => onBorder(character, ink)));
  const tallest = Math.max(...lines.map(usualHeight));
  lines.forEach((line, number) => {
    const height = Math.max(usualHeight(line), SMALLER * tallest), parts = [], owners = [], cuts = [];
    for (const character of line) {
      const { parts: pieces, costs } = clear.has(character) ? { parts: [character], costs: [] } : fragments(character, height);
      parts.push(...pieces);
      owners.push(...pieces.map(() => character));
      cuts.push(0, ...costs);
    }
    cuts.push(0);
    for (const { first, after, character } of runs(parts, owners, clear)) {
      const weight = MADE * !line.includes(character) + CUT * (cuts[first] + cuts[after]) / stroke
        + formWeight(character.ink, height) + BORDER * Math.max(0, onBorder(character, ink) - least);
      if (!line.includes(character) && weight <= HOPELESS) continue;
      hypotheses.push({ first: prices.length + first, after: prices.length + after, character, line: number, weight });
    }
    prices.push(...parts.map(part => LEFT_OUT * amountOf(part) / (stroke * height)));
  });
  return { hypotheses, prices };
}

const amountOf = ({ ink }) => ink.data.filter(value => value > SURE).length;

// Return the runs of fragments that may be one character; all those of a character, however many, are that very character.
function runs(parts, owners, clear) {
  const all = [];
  for (let first = 0; first < parts.length; first += 1) {
    const owner = owners[first], count = owners.filter(other => other === owner).length;
    let together = parts[first];
    if (count > RUN && owners.indexOf(owner) === first) all.push({ first, after: first + count, character: owner });
    all.push({ first, after: first + 1, character: together });
    for (let last = first + 1; last < Math.min(first + RUN, parts.length); last += 1) {
      const [one, other] = [owners[last - 1], owners[last]], isApart = clear.has(one) || clear.has(other);
      if (one !== other && (isApart || !nearlyTouch(parts[last - 1], parts[last]))) break;
      together = joined(together, parts[last]);
      const isWhole = owner === other && last + 1 - first === count;
      all.push({ first, after: last + 1, character: isWhole ? other : together });
    }
  }
  return all;
}

function formWeight({ height, width }, usual) {
  const high = Math.log(height / usual), wide = width / Math.max(height, usual);
  const beyond = high - clip(high, USUAL[0], USUAL[1] + wide);
  return OTHER * beyond ** 2 + WIDE * Math.max(0, wide - BROAD) ** 2;
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
