// Characters -> lines of them, what else may be one, and what it costs to leave ink out, as `imaging/segmentation.py` weighs.
import { boxOfCharacter, centreOf, joined, nearlyTouch, onBorder, sizeOf } from "./characters.js";
import { fragments } from "./cutting.js";
import { clip, quantile, sum } from "./grids.js";
import { constants } from "./parameters.js";

const { BESIDE, BORDER, BROAD, CUT, HOPELESS, LEFT_OUT, LEVEL, MADE, MOST, OTHER, RUN, SAME_LINE, SMALLER, USUAL, WIDE,
  WIDE_GAP } = constants.segmentation;
const { SMALL, SURE } = constants.characters;

// Bring characters into reading order: lines from top to bottom, each from left to right.
export function inLines(characters) {
  const tall = SMALL * Math.max(...characters.map(({ ink }) => ink.height)), lines = [];
  const across = (a, b) => centreOf(a)[0] - centreOf(b)[0];
  const isLow = ({ ink }) => ink.height < tall;
  for (const character of [...characters].sort((a, b) => isLow(a) - isLow(b) || across(a, b))) {
    const apart = lines.map(line => apartFrom(character, line));
    if (Math.min(...apart) < SAME_LINE) lines[apart.indexOf(Math.min(...apart))].push(character);
    else lines.push([character]);
  }
  const height = line => sum(line.map(character => centreOf(character)[1])) / line.length;
  return lines.sort((a, b) => height(a) - height(b)).map(line => line.sort(across));
}

// How much higher or lower a character stands than its neighbour in a line, in heights of the taller one.
function apartFrom(character, line) {
  const [x, y] = centreOf(character), beside = nearest(line, x)[0];
  return Math.abs(centreOf(beside)[1] - y) / Math.max(character.ink.height, beside.ink.height);
}

const nearest = (line, x) => [...line].sort((a, b) => Math.abs(centreOf(a)[0] - x) - Math.abs(centreOf(b)[0] - x));

// After which characters of a line, but the last, there is a gap as wide as a space.
export function spaces(line) {
  const wide = WIDE_GAP * quantile(line.map(({ ink }) => ink.height), 0.5);
  return line.slice(1).map((next, index) => next.left - boxOfCharacter(line[index])[2] > wide);
}

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
    const course = courseOf(line), leftOut = parts.map(part => priceOf(part, height * stroke));
    for (const { first, after, character } of [...runs(parts, owners, clear), ...largePieces(owners)]) {
      const weight = MADE * !line.includes(character) + CUT * (cuts[first] + cuts[after]) / stroke
        + formWeight(character, height, course) + BORDER * Math.max(0, onBorder(character, ink) - least)
        - Math.max(0, sum(leftOut.slice(first, after)) - priceOf(character, height * stroke));
      if (!line.includes(character) && weight <= HOPELESS) continue;
      hypotheses.push({ first: prices.length + first, after: prices.length + after, character, line: number, weight });
    }
    prices.push(...leftOut);
  });
  return { hypotheses, prices };
}

const priceOf = ({ ink }, area) => LEFT_OUT * ink.data.filter(value => value > SURE).length / area;

// Return where a line runs: its tall characters, and its slope.
function courseOf(line) {
  const least = SMALL * Math.max(...line.map(({ ink }) => ink.height)), tall = line.filter(({ ink }) => ink.height >= least);
  const slopes = tall.slice(1).map((next, index) => {
    const [[x, y], [nextX, nextY]] = [tall[index], next].map(centreOf);
    return (nextY - y) / Math.max(1, nextX - x);
  });
  return { tall, slope: slopes.length ? quantile(slopes, 0.5) : 0 };
}

// How far a character stands above or below the course of its line there, in pixels.
function offsetFrom({ tall, slope }, character) {
  const [across, down] = centreOf(character), beside = nearest(tall, across).slice(0, BESIDE).map(centreOf);
  return Math.abs(down - quantile(beside.map(([x, y]) => y + slope * (across - x)), 0.5));
}

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

// Return the large pieces of characters, each of which may be one if the rest is none.
function largePieces(owners) {
  return [...new Set(owners)].flatMap(owner => {
    const first = owners.indexOf(owner), after = owners.lastIndexOf(owner) + 1;
    const large = owner.pieces.filter(piece => sizeOf(piece) >= SMALL * sizeOf(owner));
    return large.map(character => ({ first, after, character }));
  });
}

function formWeight(character, usual, course) {
  const { height, width } = character.ink, high = Math.log(height / usual), wide = width / Math.max(height, usual);
  const beyond = high - clip(high, USUAL[0], USUAL[1] + wide), away = Math.max(0, offsetFrom(course, character) / usual - LEVEL);
  return OTHER * (beyond ** 2 + away ** 2) + WIDE * Math.max(0, wide - BROAD) ** 2;
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
