// What a person corrects of one answer: its characters are kept under their right labels, and can be taken back.
import { button, element } from "./elements.js";
import { word } from "./language.js";
import { card, isOfCharacters } from "./model.js";
import { preview } from "./preview.js";
import { Refusal } from "./refusal.js";
import { Away, ask, whenBack } from "./server.js";

const FEW_CLASSES = 12;  // are shown at once
const NO_CHARACTER = "no character";  // the label of what a model of characters must refuse

export class Corrections {
  // `file()` gives the picture of which a character is kept; `show` is called when something has changed.
  constructor(file, show) {
    Object.assign(this, { file, show, kept: new Map(), message: "" });
  }

  get any() {
    return this.kept.size > 0;
  }

  has(index) {
    return this.kept.has(index);
  }

  // The right label of a character that was corrected; empty if it is none.
  labelOf(index) {
    const label = this.kept.get(index)?.label;
    return label === NO_CHARACTER ? "" : label;
  }

  form(parts, chosen) {
    const part = parts[chosen], kept = this.kept.get(chosen);
    const message = element("p", { className: "hint", role: "status", textContent: this.message });
    if (kept) message.append(" ", button({ className: "quiet", textContent: word("takeBack"), onclick: () => this.takeBack(chosen) }));
    const labels = isOfCharacters() ? [...card.classes, NO_CHARACTER] : card.classes;
    const chips = labels.map(label => button({ textContent: shown(label), "aria-pressed": label === kept?.label,
      onclick: () => this.correct(part, chosen, label) }));
    const few = card.classes.length <= FEW_CLASSES;
    const head = parts.length > 1 ? word("wrongOne", part.label) : word("wrong");
    return element("details", { className: "wrong", open: kept || few },
      element("summary", { textContent: head }), ...(few ? [] : [search(chips)]), preview(this.file(), part.box, Boolean(kept)),
      element("div", { className: "chips" }, ...chips), message);
  }

  correct(part, index, label) {
    const form = new FormData();
    form.append("file", this.file(), "picture");
    form.append("label", label);
    if (part.box) form.append("box", part.box.join());
    return this.change("/correction", { method: "POST", body: form }, ({ location, collected }) => {
      this.kept.set(index, { label, location });
      return word("saved", shown(label), collected);
    });
  }

  takeBack(index) {
    return this.change(this.kept.get(index).location, { method: "DELETE" }, ({ collected }) => {
      this.kept.delete(index);
      return word("tookBack", collected);
    });
  }

  async change(path, options, messageOf) {
    try {
      this.message = messageOf(await ask(path, options));
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof Away)) throw error;
      this.message = error.sentence ?? word("lost");
      if (error instanceof Away) whenBack.add(() => this.change(path, options, messageOf));
    }
    this.show();
  }
}

const shown = label => (label === NO_CHARACTER ? word("noCharacter") : label);

// A field that leaves the classes that contain what is typed; Enter takes the first, or the one that is just that.
function search(chips) {
  const field = element("input", { type: "search", className: "text", placeholder: word("search"), "aria-label": word("search") });
  field.oninput = () => {
    const typed = field.value.toLowerCase();
    for (const chip of chips) chip.hidden = !chip.textContent.toLowerCase().includes(typed);
  };
  field.onkeydown = event => {
    if (event.key !== "Enter" || !field.value) return;
    const left = chips.filter(chip => !chip.hidden);
    (left.find(chip => chip.textContent === field.value) ?? left[0])?.click();
  };
  return field;
}
