// A character that may be several that touch -> the fragments that it falls into, as `imaging/cutting.py` cuts it.
import { maximum, nearest } from "./filters.js";
import { boxOf, grid, mapped, part, rint } from "./grids.js";
import { constants } from "./parameters.js";

const { APART, DEEPEST, SLOPES, STEEP, UNCUT } = constants.cutting, { FAINTEST, SPECK } = constants.characters;

// Return the fragments from left to right, and the ink that was cut through between each two.
export function fragments(character, height) {
  const { ink } = character, parts = [], costs = [], cuts = cutsOf(ink, height);
  const beyond = cuts.map(({ column, slope }) => ink.data.map((_, place) =>
    place % ink.width + slope * (Math.floor(place / ink.width) - (ink.height - 1) / 2) > column));
  for (let number = 0; number <= cuts.length; number += 1) {
    const isOwn = place => (beyond[number - 1]?.[place] ?? true) && !beyond[number]?.[place];
    const own = mapped(ink, (value, place) => (isOwn(place) ? value : 0));
    if (own.data.filter(value => value > FAINTEST).length < 2 * SPECK) continue;
    const [left, top, right, bottom] = boxOf(own, FAINTEST);
    parts.push({ left: character.left + left, top: character.top + top, ink: part(own, top, left, bottom - top, right - left), pieces: [] });
    costs.push(number ? cuts[number - 1].cost * Math.max(height, ink.height) : 0);
  }
  return parts.length > 1 ? { parts, costs: costs.slice(1) } : { parts: [character], costs: [] };
}

// Find straight cuts, upright or slanting, through less ink than any beside them, from left to right.
function cutsOf(ink, height) {
  const { width } = ink, tall = Math.max(height, ink.height);
  if (width < UNCUT * height) return [];
  const along = SLOPES.map(slope => inkAlong(ink, slope).map(amount => amount / tall + STEEP * Math.abs(slope)));
  const cheapest = Float64Array.from({ length: width }, (_, column) => Math.min(...along.map(costs => costs[column])));
  const apart = Math.max(2, rint(APART * height));
  const gains = Float32Array.from(cheapest, cost => -cost);
  const best = maximum(grid(1, width, gains), 2 * Math.floor(apart / 3) + 1, nearest).data;
  const chosen = [];
  const valleys = [...cheapest.keys()].filter(column => gains[column] === best[column] && cheapest[column] < DEEPEST);
  for (const column of valleys.sort((a, b) => cheapest[a] - cheapest[b])) {
    const isFar = column >= apart && column < width - apart && chosen.every(other => Math.abs(column - other) >= apart);
    if (isFar) chosen.push(column);
  }
  return chosen.sort((a, b) => a - b).map(column => {
    const costs = along.map(each => each[column]);
    return { column, slope: SLOPES[costs.indexOf(Math.min(...costs))], cost: cheapest[column] };
  });
}

// Return how much ink there is along a line of this slope at each column, the mean of three neighbours.
function inkAlong({ height, width, data }, slope) {
  const sums = new Float64Array(width);
  data.forEach((value, place) => {
    const column = rint(place % width + slope * (Math.floor(place / width) - (height - 1) / 2));
    if (column >= 0 && column < width) sums[column] += Math.min(value, 1);
  });
  const at = column => sums[Math.min(width - 1, Math.max(0, column))];
  return sums.map((sum, column) => (at(column - 1) + sum + at(column + 1)) / 3);
}
