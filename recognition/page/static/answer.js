// An answer: the label in large type, what it rests on, and a way to correct it.
import { copyText } from "./clipboard.js";
import { Corrections } from "./correction.js";
import { $, button, element } from "./elements.js";
import { evidence, tiles } from "./evidence.js";
import { confidencePercent, isNothing, translated, word } from "./language.js";
import { collecting } from "./model.js";
import { Refusal } from "./refusal.js";
import { Away, whenBack } from "./server.js";

const SETTLED = 700;  // ms without another answer
const OTHERS = 3;  // readings that are named besides the likeliest
let announcement;

export class AnswerView {
  // `host` is the element to fill; `emptily` the word while there is no answer; `onChoice(index)` hears which
  // character was chosen.
  constructor(host, emptily, onChoice = () => {}) {
    Object.assign(this, { host, emptily, onChoice, answer: null, trouble: null });
    this.retell = () => this.show();
    document.addEventListener("language", this.retell);
  }

  forget() {
    document.removeEventListener("language", this.retell);
  }

  // Show the answer to a question, or why there is none; if the server is away, `again` is called when it is back.
  async follow(question, file, again) {
    try {
      this.set(await question, file);
    } catch (error) {
      if (error instanceof Refusal) this.refuse(error);
      else if (error instanceof Away) whenBack.add(again);
      else throw error;
    }
  }

  // `file()` gives the picture that a correction keeps.
  set(answer, file) {
    this.become({ answer, file, trouble: null, chosen: 0, corrections: new Corrections(file, () => this.show()) });
  }

  refuse(refusal) {
    this.become({ answer: null, trouble: refusal });
  }

  become(state) {
    Object.assign(this, state);
    this.host.classList.remove("stale");
    this.show();
    this.announce();
  }

  empty() {
    this.set(null);
  }

  get parts() {
    return this.answer?.characters ?? (this.answer ? [this.answer] : []);
  }

  choose(index) {
    this.chosen = index;
    this.corrections.message = "";
    this.show();
  }

  // The button that has the focus keeps it: one that takes its place is focused.
  show() {
    const buttons = () => [...this.host.querySelectorAll("button")], focused = buttons().indexOf(document.activeElement);
    this.host.replaceChildren(...(this.answer ? this.whole() : [this.nothing()]));
    if (focused >= 0) (buttons()[focused] ?? buttons().at(-1))?.focus();
    this.onChoice(this.chosen);
  }

  // Tell a screen reader, once the answer has settled.
  announce() {
    clearTimeout(announcement);
    announcement = setTimeout(() => {
      const { label, confidence, recognized } = this.answer ?? {};
      const sure = recognized ? word("confidence", confidencePercent(confidence)) : word("unsure");
      $("announcement").textContent = this.answer ? `${label}, ${sure}` : this.trouble?.sentence ?? "";
    }, SETTLED);
  }

  // The label of a character, as the model gave it or as it was corrected.
  labelOf(index) {
    return this.corrections.labelOf(index) ?? this.parts[index].label;
  }

  // The whole label with what was corrected in its place; what is between the characters stays.
  get label() {
    if (!this.corrections.any) return this.answer.label;
    let rest = this.answer.label;
    return this.parts.map((part, index) => {
      const at = rest.indexOf(part.label), before = rest.slice(0, at);
      rest = rest.slice(at + part.label.length);
      return before + this.labelOf(index);
    }).join("");
  }

  nothing() {
    return element("p", this.trouble ? { className: "trouble", textContent: this.trouble.sentence }
      : { className: "empty", textContent: word(this.emptily) });
  }

  whole() {
    const { parts, chosen, corrections } = this, { doubt } = this.answer;
    const isSure = index => parts[index].recognized || corrections.has(index);
    return [
      this.headline(),
      ...(doubt && !corrections.any ? [element("p", { className: "hint", textContent: translated(doubt) })] : []),
      ...(parts.length > 1 && !corrections.any ? this.others() : []),
      ...(parts.length > 1 ? [tiles(parts, chosen, index => this.labelOf(index), isSure, index => this.choose(index))] : []),
      evidence(parts[chosen]),
      ...(collecting && this.file ? [corrections.form(parts, chosen)] : []),
    ];
  }

  others() {
    const readings = this.answer.top.slice(1, 1 + OTHERS).filter(({ confidence }) => !isNothing(confidence));
    const list = readings.map(({ label, confidence }) => `${label} (${confidencePercent(confidence)})`).join(", ");
    return list ? [element("p", { className: "hint others", textContent: word("others", list) })] : [];
  }

  headline() {
    const label = element("p", { className: "label", textContent: this.label || word("noCharacter") });
    label.style.setProperty("--length", Math.max(...label.textContent.split("\n").map(line => line.length)));
    const corrected = this.corrections.any, { confidence, recognized } = this.answer;
    const sure = corrected ? word("corrected") : recognized ? word("confidence", confidencePercent(confidence)) : word("unsure");
    const copy = button({ className: "quiet", textContent: word("copy"), onclick: async () => {
      await copyText(this.label);
      copy.textContent = word("copied");
    } });
    return element("div", { className: "headline" }, label,
      element("div", { className: "beside" },
        element("span", { className: recognized || corrected ? "sure" : "doubt", textContent: sure }), copy));
  }
}
