// One picture and its answer: small in the album, large on demand with boxes around its characters.
import { AnswerView } from "./answer.js";
import { boxes } from "./boxes.js";
import { button, element } from "./elements.js";
import { word } from "./language.js";
import { newest } from "./newest.js";
import { Refusal } from "./refusal.js";
import { predict } from "./server.js";

const TINY = 64;  // pixels: shown larger
const UNREADABLE = { code: "unreadable_file", detail: "the file cannot be read; if it is a folder, give the pictures in it" };

export class Picture {
  // `on.change` is called when the answer is another, `on.toggle` to show the picture large or small, `on.remove`, and
  // `on.retry` when the server is back, if it was away.
  constructor(file, on) {
    Object.assign(this, { file, on });
    const name = file.name || word("pictures");
    this.image = element("img", { src: URL.createObjectURL(file), alt: name, onclick: () => on.toggle(this) });
    this.image.onerror = () => this.image.remove();  // a TIFF, say, which the browser cannot show
    this.image.onload = () => {
      this.image.classList.toggle("tiny", this.image.naturalWidth < TINY);
      this.frame();
    };
    this.photo = element("div", { className: "photo" }, this.image);
    this.enlarge = button({ className: "enlarge", onclick: () => on.toggle(this) });
    this.remove = button({ className: "remove quiet", textContent: "×", onclick: () => on.remove(this) });
    this.item = element("li", {}, this.enlarge,
      element("div", { className: "side" }, this.photo, element("p", { className: "hint name-of-file", textContent: file.name })),
      element("div", { className: "answer" }), this.remove);
    this.view = new AnswerView(this.item.querySelector(".answer"), "reading", () => this.show(name));
    this.open(false);
    this.view.empty();
  }

  get isOpen() {
    return this.item.classList.contains("open");
  }

  open(isOpen) {
    this.item.classList.toggle("open", isOpen);
    this.enlarge.setAttribute("aria-expanded", isOpen);
  }

  show(name) {
    this.enlarge.setAttribute("aria-label", word("enlarge", name));
    this.remove.setAttribute("aria-label", word("remove", name));
    this.frame();
    this.on.change();
  }

  frame() {
    this.photo.querySelector("svg")?.remove();
    const { parts, chosen } = this.view;
    if (!parts[0]?.box || !this.image.naturalWidth || !this.image.isConnected) return;
    this.photo.append(boxes(parts, this.image.naturalWidth, this.image.naturalHeight, chosen, index => this.view.choose(index)));
  }

  recognise = newest(() => this.view.follow(this.predict(), () => this.file, this.retry));

  async predict() {
    await this.file.slice(0, 1).arrayBuffer().catch(() => {
      throw new Refusal(UNREADABLE);
    });
    return predict(this.file);
  }

  retry = () => this.on.retry(this);

  leave() {
    this.view.forget();
    this.item.remove();
    URL.revokeObjectURL(this.image.src);
  }
}
