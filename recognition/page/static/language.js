// The page's words in the language of the person. Whoever shows words hears the event "language" when it changes.
import { $ } from "./elements.js";
import { recall } from "./memory.js";
import { en } from "./words/en.js";
import { phrases, problems, zh } from "./words/zh.js";

const WORDS = { en, zh }, PHRASES = { zh: phrases }, PROBLEMS = { zh: problems };
let language = "en";

export function word(key, ...values) {
  return filled(WORDS[language][key], values);
}

function filled(sentence, values) {
  return sentence.replace(/\{(\d)\}/g, (_, index) => values[index]);
}

export function percent(share, digits = 1) {
  return `${(100 * share).toFixed(digits)} %`;
}

// A confidence is never certain, and never nothing.
export function confidencePercent(confidence) {
  if (confidence >= 0.9995) return ">99.9 %";
  return isNothing(confidence) ? "<0.1 %" : percent(confidence);
}

export function isNothing(confidence) {
  return confidence < 0.0005;
}

// The server speaks English. What it says in a few words is a closed set, which other languages know by its patterns.
export function translated(phrase) {
  for (const [pattern, translation] of PHRASES[language] ?? []) {
    const match = phrase.match(pattern);
    if (match) return filled(translation, match.slice(1).map(translated));
  }
  return phrase;
}

// The sentence of a problem: the server's own, in English; in other languages that for its code, or for its status.
export function explained({ code, detail, status }) {
  if (status === 401) return word("locked");
  const sentences = PROBLEMS[language];
  return sentences?.[code] ?? (detail && sentences?.[status]) ?? detail;
}

export function localNumber(number) {
  return number.toLocaleString(document.documentElement.lang);
}

export function rememberedLanguage() {
  return recall("localStorage", "language") ?? (navigator.language.startsWith("zh") ? "zh" : "en");
}

export function speak(chosen) {
  language = chosen;
  document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
  for (const place of document.querySelectorAll("[data-word]")) place.textContent = word(place.dataset.word);
  for (const place of document.querySelectorAll("[data-word-label]")) place.setAttribute("aria-label", word(place.dataset.wordLabel));
  $("language").textContent = word("other");
  $("language").lang = language === "zh" ? "en" : "zh-Hans";
  document.dispatchEvent(new Event("language"));
}

$("language").onclick = () => {
  speak(language === "zh" ? "en" : "zh");
  recall("localStorage", "language", language);
};
