// Pictures: chosen, taken, dropped or pasted, and read a few at a time.
import { AnswerView } from "./answer.js";
import { boxes } from "./boxes.js";
import { $, element } from "./elements.js";
import { word } from "./language.js";
import { Away, predict, Refusal, whenBack } from "./server.js";
import { say } from "./status.js";
import { showTab } from "./tabs.js";

const AT_ONCE = 2, MOST_PICTURES = 100;
const TINY = 64;  // pixels: shown larger
const waiting = [];
let busy = 0;

class Picture {
  constructor(file) {
    this.file = file;
    this.image = element("img", { src: URL.createObjectURL(file), alt: file.name || word("pictures") });
    this.image.onerror = () => this.image.remove();  // a TIFF, say, which the browser cannot show
    this.image.onload = () => {
      this.image.classList.toggle("tiny", this.image.naturalWidth < TINY);
      this.view.show();
    };
    this.photo = element("div", { className: "photo" }, this.image);
    const answer = element("div", { className: "answer" });
    this.view = new AnswerView(answer, "reading", () => this.frame());
    this.item = element("li", {}, element("div", {}, this.photo,
      element("p", { className: "hint name-of-file", textContent: file.name })), answer);
    this.view.empty();
  }

  frame() {
    this.photo.querySelector("svg")?.remove();
    const { parts, chosen } = this.view ?? { parts: [] };
    if (!parts[0]?.box || !this.image.naturalWidth || !this.image.isConnected) return;
    this.photo.append(boxes(parts, this.image.naturalWidth, this.image.naturalHeight, chosen, index => this.view.choose(index)));
  }

  async recognise() {
    try {
      this.view.set(await predict(this.file), () => this.file);
    } catch (error) {
      if (error instanceof Refusal) return this.view.refuse(error.message);
      if (!(error instanceof Away)) throw error;
      whenBack.add(() => queue(this));
    }
  }
}

function queue(...pictures) {
  waiting.push(...pictures);
  while (busy < AT_ONCE && waiting.length) {
    busy += 1;
    waiting.shift().recognise().finally(() => {
      busy -= 1;
      queue();
    });
  }
}

export function take(files) {
  const pictures = [...files].slice(0, MOST_PICTURES).map(file => new Picture(file));
  if (!pictures.length) return;
  if (files.length > MOST_PICTURES) say("tooMany", MOST_PICTURES, files.length - MOST_PICTURES);
  showTab("pictures");
  $("album").prepend(...pictures.map(picture => picture.item));
  queue(...pictures);
}

for (const id of ["choose", "photograph"]) {
  $(id).onchange = () => {
    take($(id).files);
    $(id).value = "";
  };
}
document.addEventListener("dragover", event => {
  event.preventDefault();
  document.body.classList.add("over");
});
document.addEventListener("dragleave", event => {
  if (!event.relatedTarget) document.body.classList.remove("over");
});
document.addEventListener("drop", event => {
  event.preventDefault();
  document.body.classList.remove("over");
  take(event.dataTransfer.files);
});
document.addEventListener("paste", event => take(event.clipboardData.files));
