// The model that is served. The event "card" follows a new one, and tells whether there was another before.
import { ask, away } from "./server.js";
import { say } from "./status.js";

const LOOK = 10000;  // ms
const SMALL = 16;  // cells a side that can be painted one by one

export const collecting = "collecting" in document.body.dataset;
export let card;

export const isOfCharacters = () => card?.shape.length === 2;
export const cellsFit = () => isOfCharacters() && Math.max(...card.shape) <= SMALL;

async function look() {
  const newest = await ask("/model").catch(() => null);
  if (!newest || newest.sha256 === card?.sha256) return;
  const renewed = Boolean(card), reshaped = JSON.stringify(card?.shape) !== JSON.stringify(newest.shape);
  card = newest;
  document.body.dataset.model = card.name;
  document.dispatchEvent(new CustomEvent("card", { detail: { renewed, reshaped } }));
  if (renewed) say("renewed");
}

function lookIfSeen() {
  if (!document.hidden && !away) look();
}

export function watchModel() {
  look();
  setInterval(lookIfSeen, LOOK);
  document.addEventListener("visibilitychange", lookIfSeen);
  for (const event of ["back", "unlocked"]) document.addEventListener(event, look);
}
