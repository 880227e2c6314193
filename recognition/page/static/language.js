// The page's words in the language of the person. Whoever shows words hears the event "language" when it changes.
import { $ } from "./elements.js";
import { recall } from "./memory.js";
import en from "./words/en.js";
import zh from "./words/zh.js";

const WORDS = { en, zh };
let language = "en";

export function word(key, ...values) {
  return WORDS[language][key].replace(/\{(\d)\}/g, (_, index) => values[index]);
}

export function percent(share, digits = 1) {
  return `${(100 * share).toFixed(digits)} %`;
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
  for (const place of document.querySelectorAll("[data-word-label]")) {
    place.setAttribute("aria-label", word(place.dataset.wordLabel));
  }
  $("language").textContent = word("other");
  $("language").lang = language === "zh" ? "en" : "zh-Hans";
  document.dispatchEvent(new Event("language"));
}

$("language").onclick = () => {
  speak(language === "zh" ? "en" : "zh");
  recall("localStorage", "language", language);
};
