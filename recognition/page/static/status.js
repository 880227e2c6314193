// The line at the foot of the window: trouble stays until it is over, other news for as long as one reads.
import { $ } from "./elements.js";
import { word } from "./language.js";

const READING = 6000;  // ms
let news, silence;

export function say(key, ...values) {
  const trouble = ["slow", "lost"].includes(key);
  news = key;
  $("status").textContent = key ? word(key, ...values) : "";
  $("status").classList.toggle("trouble", trouble);
  clearTimeout(silence);
  if (!trouble) silence = setTimeout(say, READING);
}

export function sayNoLonger(key) {
  if (news === key) say();
}
