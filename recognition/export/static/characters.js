// Ink -> the characters in it, as `imaging/characters.py` finds them: {left, top, ink} each.
import { maximum, mean, mirrored } from "./filters.js";
import { grid, largest, mapped, median, quantile, rint } from "./grids.js";
import { constants } from "./parameters.js";

const { ABOVE, BROKEN, CLEAR, DOT, EDGE, EVENED, FAINTEST, MOST, NEAR, NOTHING, PALE, PART, SAME_LINE, SMALL, SPECK, SURE,
  THIN, TOO_MANY, WIDE_GAP } = constants.characters;

// What cannot be read: the sentence, and the contract's code for it.
export class Unreadable extends Error {
  constructor(sentence, code = "unreadable_picture") {
    super(sentence);
    this.code = code;
  }
}

export const sizeOf = ({ ink }) => Math.max(ink.width, ink.height);
export const boxOfCharacter = ({ left, top, ink }) => [left, top, left + ink.width, top + ink.height];

export function joined(a, b) {
  const [one, other] = [boxOfCharacter(a), boxOfCharacter(b)];
  const left = Math.min(one[0], other[0]), top = Math.min(one[1], other[1]);
  const ink = grid(Math.max(one[3], other[3]) - top, Math.max(one[2], other[2]) - left);
  for (const part of [a, b]) {
    const { width, data } = part.ink, corner = (part.top - top) * ink.width + part.left - left;
    data.forEach((value, place) => {
      const to = corner + Math.floor(place / width) * ink.width + (place % width);
      ink.data[to] = Math.max(ink.data[to], value);
    });
  }
  return { left, top, ink };
}

export function findCharacters(ink, noise, faint) {
  const pieces = piecesOf(ink, faint * Math.max(FAINTEST, CLEAR * noise));
  if (!pieces.length) throw new Unreadable(NOTHING, "blank_picture");
  const chances = pieces.map(piece => chanceOf(piece, ink));
  const main = pieces[chances.indexOf(Math.max(...chances))], size = sizeOf(main);
  const inside = pieces.filter(piece => piece === main
    || (piece.border < SMALL * sizeOf(piece) && sizeOf(piece) > PART * size && !crosses(piece, ink)));
  if (inside.length > MOST) throw new Unreadable(TOO_MANY.replace("{}", inside.length));
  return alike(assembled(inside, size)).map(evened);
}

// Return ink that hangs together, and how many pixels of each lie on the border.
function piecesOf(ink, faintest) {
  const { width, height, data } = ink, isNew = data.map(value => value > faintest), pieces = [];
  for (let start = isNew.indexOf(1); start >= 0; start = isNew.indexOf(1, start)) {
    const places = [start];
    isNew[start] = 0;
    for (let next = 0; next < places.length; next += 1) {
      const x = places[next] % width, y = Math.floor(places[next] / width);
      for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row += 1) {
        for (let other = row * width + Math.max(0, x - 1); other <= row * width + Math.min(width - 1, x + 1); other += 1) {
          if (isNew[other]) places.push(other);
          isNew[other] = 0;
        }
      }
    }
    if (places.length >= SPECK && places.some(place => data[place] > Math.max(SURE, 1.4 * faintest))) pieces.push(places);
  }
  return pieces.map(places => pieceOf(ink, places));
}

function pieceOf({ width, height, data }, places) {
  const x = places.map(place => place % width), y = places.map(place => Math.floor(place / width));
  const left = least(x), top = least(y), ink = grid(most(y) - top + 1, most(x) - left + 1);
  let border = 0;
  places.forEach((place, index) => {
    ink.data[(y[index] - top) * ink.width + x[index] - left] = data[place];
    border += (x[index] === 0) + (y[index] === 0) + (x[index] === width - 1) + (y[index] === height - 1);
  });
  return { left, top, ink, border };
}

const least = values => values.reduce((a, b) => Math.min(a, b));
const most = values => values.reduce((a, b) => Math.max(a, b));

// How much a piece looks like what the drawing is: large, central, away from the border.
function chanceOf(piece, { width, height }) {
  const [left, top, right, bottom] = boxOfCharacter(piece), size = sizeOf(piece);
  const border = piece.border + size * crosses(piece, { width, height });
  const away = ((left + right) / width - 1) ** 2 + ((top + bottom) / height - 1) ** 2;
  return size * Math.min(1, largest(piece.ink)) * Math.exp(-away - 4 * border / size);
}

// Whether a piece is a thin line right across.
function crosses(piece, { width, height }) {
  const [left, top, right, bottom] = boxOfCharacter(piece), thin = THIN * sizeOf(piece);
  return (left === 0 && right === width && bottom - top < thin) || (top === 0 && bottom === height && right - left < thin);
}

// Put the parts of characters together; parts of nothing are left out.
function assembled(pieces, size) {
  const characters = joinedWhereOne(pieces.filter(piece => sizeOf(piece) >= SMALL * size), size);
  const parts = pieces.filter(piece => sizeOf(piece) < SMALL * size).sort((a, b) => sizeOf(b) - sizeOf(a));
  for (const part of parts) {
    const gaps = characters.map(character => gap(part, character)), apart = gaps.map(each => Math.max(...each));
    const nearest = apart.indexOf(Math.min(...apart)), [across, down] = gaps[nearest];
    const isDot = across === 0 && down < ABOVE * size && sizeOf(part) > DOT * size;
    if (isDot || Math.max(across, down) < NEAR * size) characters[nearest] = joined(characters[nearest], part);
  }
  return characters;
}

function joinedWhereOne(pieces, size) {
  let all = [];
  for (let character of pieces) {
    for (let part; (part = all.find(other => areOne(other, character, size)));) {
      all = all.filter(other => other !== part);
      character = joined(part, character);
    }
    all.push(character);
  }
  return all;
}

// Whether pieces are of one character: one above the other, with hardly a gap in the stroke.
function areOne(a, b, size) {
  const [across, down] = gap(a, b);
  const overlap = Math.min(a.left + a.ink.width, b.left + b.ink.width) - Math.max(a.left, b.left);
  return down < BROKEN * size && across === 0 && overlap > Math.min(a.ink.width, b.ink.width) / 2;
}

// How far two boxes are apart, across and down; 0 where they overlap.
function gap(a, b) {
  const [one, other] = [boxOfCharacter(a), boxOfCharacter(b)];
  return [0, 1].map(axis => Math.max(0, one[axis] - other[axis + 2], other[axis] - one[axis + 2]));
}

export const nearlyTouch = (a, b) => Math.max(...gap(a, b)) < BROKEN * Math.max(sizeOf(a), sizeOf(b));

// Leave out what is much smaller or paler than the largest.
function alike(characters) {
  const size = most(characters.map(sizeOf)), large = characters.filter(each => sizeOf(each) >= SMALL * size);
  const strengths = large.map(({ ink }) => quantile(ink.data.filter(value => value > 0), 0.8));
  return large.filter((_, index) => strengths[index] >= PALE * Math.max(...strengths));
}

// Bring faint parts of strokes up to the strong ones.
function evened({ left, top, ink }) {
  const near = Math.max(5, rint(EVENED * Math.max(ink.width, ink.height)));
  const strongest = mean(maximum(ink, near, mirrored), near, mirrored);
  return { left, top, ink: mapped(ink, (value, place) => value / Math.max(strongest.data[place], 1e-3)) };
}

// Dark pixels beside the characters, as a share of theirs.
export function clutter(ink, characters) {
  const { width, height, data } = ink, dark = data.map(value => value > SURE), edge = rint(EDGE * Math.max(width, height));
  let mine = 0, others = 0;
  for (const [left, top, right, bottom] of characters.map(boxOfCharacter)) {
    for (let y = top; y < bottom; y += 1) {
      const row = dark.subarray(y * width + left, y * width + right);
      mine += row.reduce((a, b) => a + b, 0);
      row.fill(0);
    }
  }
  for (let y = edge; y < height - edge; y += 1) {
    others += dark.subarray(y * width + edge, (y + 1) * width - edge).reduce((a, b) => a + b, 0);
  }
  return others / Math.max(1, mine);
}

// Bring characters into reading order: lines from top to bottom, each from left to right.
export function inLines(characters) {
  const middle = ({ top, ink }) => top + ink.height / 2, centre = ({ left, ink }) => left + ink.width / 2, lines = [];
  for (const character of [...characters].sort((a, b) => centre(a) - centre(b))) {
    const near = lines.map(line => Math.abs(middle(character) - middle(line.at(-1)))
      / Math.max(character.ink.height, line.at(-1).ink.height));
    if (Math.min(...near) < SAME_LINE) lines[near.indexOf(Math.min(...near))].push(character);
    else lines.push([character]);
  }
  const height = line => line.reduce((sum, character) => sum + middle(character), 0) / line.length;
  return lines.sort((a, b) => height(a) - height(b));
}

// After which characters of a line, but the last, there is a gap as wide as a space.
export function spaces(line) {
  const height = median(line.map(({ ink }) => ink.height));
  return line.slice(1).map((next, index) => next.left - boxOfCharacter(line[index])[2] > WIDE_GAP * height);
}
