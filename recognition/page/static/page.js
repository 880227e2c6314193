// The page: pictures go to the server as they are, answers come back and are shown. No picture is prepared here.

const WORDS = {
  en: {
    title: "Recognition", ways: "What to recognise", draw: "Draw", pictures: "Pictures", cells: "Pixel by pixel",
    other: "中文", served: "{0} · {1} classes · {2} right on test images",
    field: "Drawing field", invitation: "Draw here: {0}, or several side by side", undo: "Undo", clear: "Clear", pen: "Pen",
    keys: "Keys: arrows move the pen, the space bar puts it down and lifts it, Ctrl+Z undoes, Escape clears.",
    waiting: "The answer appears here while you draw.", waitingCells: "The answer appears here while you paint.",
    drop: "Drop pictures here, or paste them. Photos, scans, drawings; several at once.", choose: "Choose pictures",
    photograph: "Take a photo", reading: "Reading …", tooMany: "The first {0} pictures are read; {1} more were left out.",
    unsure: "not sure", confidence: "{0} confident", copy: "Copy", copied: "Copied",
    saw: "What the model saw", likeliest: "Likeliest labels", found: "Characters found",
    intoCells: "Open pixel by pixel",
    wrong: "Wrong? It was …", wrongOne: "“{0}” is wrong? It was …", corrected: "corrected",
    saved: "Kept as “{0}”. {1} corrected so far; the next training can learn from them.",
    takeBack: "Take back", tookBack: "Taken back. {0} corrected so far.",
    explained: "This is all that the model gets: {0} numbers, from 0 (paper) to {1} (full ink). Paint cells and see what they are taken for.",
    grid: "Cells", ink: "Ink", download: "Save as PNG", posted: "What is posted",
    gridkeys: "Keys: arrows move, the space bar paints with the chosen ink, + and - change a cell.",
    cell: "row {0}, column {1}: {2}",
    card: "The model", report: "The report of its training", whole: "The whole card, as JSON",
    contract: "How programs ask, as OpenAPI", token: "This server asks for its token", enter: "Enter",
    locked: "This server wants its token.",
    data: "Trained on", images: "{0}: {1} images of {2} classes", size: "Sees", values: "{0} pixels, values 0 to {1}",
    accuracy: "Accuracy", share: "{0} of {1} test images right: {2} (95 % interval {3} to {4})",
    recipe: "Recipe", date: "Trained", classes: "Classes",
    slow: "The server takes its time …", lost: "No connection to the server. Trying again …",
    back: "The server is back.", renewed: "A newly trained model answers now.", failed: "The server could not answer ({0}).",
    private: "Pictures go to this server only, and it does not keep them.",
    kept: "Pictures go to this server only. It keeps those that you correct, and no others.",
  },
  zh: {
    title: "图像识别", ways: "识别方式", draw: "手绘", pictures: "图片", cells: "逐像素",
    other: "English", served: "{0} · {1} 个类别 · 测试图片正确率 {2}",
    field: "绘图区", invitation: "在这里画：{0}，也可以并排画几个", undo: "撤销", clear: "清空", pen: "笔宽",
    keys: "键盘：方向键移动画笔，空格键落笔或抬笔，Ctrl+Z 撤销，Esc 清空。",
    waiting: "边画边在这里显示结果。", waitingCells: "边涂边在这里显示结果。",
    drop: "把图片拖到这里，或直接粘贴。照片、扫描件、手绘均可，可一次多张。", choose: "选择图片",
    photograph: "拍照", reading: "正在识别……", tooMany: "一次最多读 {0} 张图片；其余 {1} 张未处理。",
    unsure: "不确定", confidence: "置信度 {0}", copy: "复制", copied: "已复制",
    saw: "模型看到的", likeliest: "最可能的标签", found: "找到的字符",
    intoCells: "逐像素打开",
    wrong: "不对？应该是……", wrongOne: "“{0}”不对？应该是……", corrected: "已纠正",
    saved: "已存为“{0}”。目前共纠正 {1} 张，下次训练即可学习。",
    takeBack: "收回", tookBack: "已收回。目前共纠正 {0} 张。",
    explained: "模型得到的就是这些：{0} 个数，从 0（纸）到 {1}（最深）。涂一涂格子，看看会被认成什么。",
    grid: "格子", ink: "墨量", download: "存为 PNG", posted: "发送的内容",
    gridkeys: "键盘：方向键移动，空格键按所选墨量涂格，+ 和 - 增减。",
    cell: "第 {0} 行第 {1} 列：{2}",
    card: "模型", report: "训练报告", whole: "完整的模型卡片（JSON）",
    contract: "程序接口（OpenAPI）", token: "此服务器需要令牌", enter: "确定",
    locked: "此服务器需要令牌。",
    data: "训练数据", images: "{0}：{1} 张图片，{2} 个类别", size: "输入", values: "{0} 像素，取值 0 到 {1}",
    accuracy: "正确率", share: "{1} 张测试图片对了 {0} 张：{2}（95% 区间 {3} 到 {4}）",
    recipe: "方法", date: "训练时间", classes: "类别",
    slow: "服务器有点慢……", lost: "连接不上服务器，正在重试……",
    back: "服务器恢复了。", renewed: "现在由新训练的模型回答。", failed: "服务器无法回答（{0}）。",
    private: "图片只发送到这台服务器，不会保存。",
    kept: "图片只发送到这台服务器；只保存您纠正过的图片。",
  },
};
const WHILE_DRAWING = 120;  // ms between questions
const SLOW = 1500, PATIENCE = 30000, RETRY = 1000, LOOK = 10000, READING = 6000, SETTLED = 700;  // ms
const AT_ONCE = 2, MOST_PICTURES = 100, SMALL = 16, FEW_CLASSES = 12, LONG = 12;
const INK = "#1b2440", PAPER = "#fffdf6";

const $ = id => document.getElementById(id);
const collecting = "collecting" in document.body.dataset;
let language, card;

// ---- Words

function word(key, ...values) {
  return WORDS[language][key].replace(/\{(\d)\}/g, (_, index) => values[index]);
}

function chooseLanguage(chosen) {
  language = chosen;
  document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
  for (const place of document.querySelectorAll("[data-word]")) place.textContent = word(place.dataset.word);
  for (const place of document.querySelectorAll("[data-word-label]")) {
    place.setAttribute("aria-label", word(place.dataset.wordLabel));
  }
  document.title = word("title");
  $("language").textContent = word("other");
  $("language").lang = language === "zh" ? "en" : "zh-Hans";
  if (card) showCard();
  for (const view of views) view.show();
}

function percent(share, digits = 1) {
  return `${(100 * share).toFixed(digits)} %`;
}

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// ---- The server: one way to ask it, and what to do while it is away

let away = false, told, sayNoMore;
const whenBack = new Set();  // what to do again

function say(key, ...values) {
  const trouble = ["slow", "lost"].includes(key);
  told = key;
  $("status").textContent = key ? word(key, ...values) : "";
  $("status").classList.toggle("trouble", trouble);
  clearTimeout(sayNoMore);
  if (!trouble) sayNoMore = setTimeout(say, READING);
}

class Refusal extends Error {}
class Away extends Error {}

async function ask(path, options = {}) {
  const slow = setTimeout(() => say("slow"), SLOW);
  const signals = [AbortSignal.timeout(PATIENCE), ...(options.signal ? [options.signal] : [])];
  try {
    const headers = { ...options.headers, ...credentials() };
    const answer = await fetch(path, { ...options, headers, signal: AbortSignal.any(signals) });
    const body = await answer.text();
    if (told === "slow") say();
    if (answer.status === 401) {
      lock();
      throw new Refusal(word("locked"));
    }
    if (answer.ok) return Object.assign(JSON.parse(body), { location: answer.headers.get("Location") });
    const explained = answer.headers.get("Content-Type") === "application/problem+json";
    throw new Refusal(explained ? JSON.parse(body).detail : word("failed", answer.status));
  } catch (error) {
    if (error instanceof Refusal || error.name === "AbortError") throw error;
    goAway();
    throw new Away();
  } finally {
    clearTimeout(slow);
  }
}

// A server may want a token; it is kept for as long as the tab is open.
let token = recall("sessionStorage", "token");

function credentials() {
  return token ? { Authorization: `Bearer ${token}` } : {};
}

function lock() {
  if (!$("lock").hidden) return;
  $("lock").hidden = false;
  $("token").focus();
}

$("lock").addEventListener("submit", event => {
  event.preventDefault();
  token = $("token").value.trim();
  recall("sessionStorage", "token", token);
  $("token").value = "";
  $("lock").hidden = true;
  look();
});

// A link cannot send the token: what it leads to is fetched, and saved as a file.
for (const link of document.querySelectorAll(".links a")) {
  link.addEventListener("click", async event => {
    if (!token) return;
    event.preventDefault();
    const answer = await fetch(link.href, { headers: credentials() });
    const kind = answer.headers.get("Content-Type").startsWith("text/html") ? "html" : "json";
    save(await answer.blob(), `${card.name} ${link.pathname.match(/\w+/)[0]}.${kind}`);
  });
}

async function goAway() {
  say("lost");
  if (away) return;
  away = true;
  let alive;
  do {
    await new Promise(go => setTimeout(go, RETRY));
    alive = await fetch("/health/live", { signal: AbortSignal.timeout(PATIENCE) }).catch(() => null);
  } while (!alive?.ok);
  away = false;
  say("back");
  await look();
  const pending = [...whenBack];
  whenBack.clear();
  for (const again of pending) again();
}

function predict(file, signal) {
  const form = new FormData();
  form.append("file", file, file.name || "drawing.png");
  return ask("/prediction?seen=1", { method: "POST", body: form, signal }).then(body => body.predictions[0]);
}

// Answer the newest question only: one is under way at a time, and one that comes meanwhile is asked after it.
function newest(work) {
  let running = false, again = false, stop;
  return async (urgent = false) => {
    if (running) {
      again = true;
      if (urgent) stop.abort();
      return;
    }
    running = true;
    try {
      do {
        again = false;
        stop = new AbortController();
        await work(stop.signal).catch(error => {
          if (error.name !== "AbortError") throw error;
        });
      } while (again);
    } finally {
      running = false;
    }
  };
}

// ---- An answer: the label in large type, what the model saw, the likeliest labels, and a way to correct it

const views = new Set();
let announceLater;

class AnswerView {
  // `host` is the element to fill; `emptily` the word while there is no answer; `onChoice(index)` hears which
  // character was chosen.
  constructor(host, emptily, onChoice = () => {}) {
    Object.assign(this, { host, emptily, onChoice, answer: null, trouble: null });
    views.add(this);
  }

  // `file()` gives the picture that a correction keeps.
  set(answer, file) {
    Object.assign(this, { answer, file, trouble: null, chosen: 0, corrections: new Map(), told: "" });
    this.show();
    this.announce();
  }

  refuse(sentence) {
    Object.assign(this, { answer: null, trouble: sentence });
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
    Object.assign(this, { chosen: index, told: "" });
    this.show();
    this.host.querySelectorAll(".tiles button")[index]?.focus();
  }

  show() {
    this.host.classList.remove("stale");
    this.host.replaceChildren(...(this.answer ? this.whole() : [this.nothing()]));
    this.onChoice(this.chosen);
  }

  // Tell a screen reader, once the answer has settled.
  announce() {
    clearTimeout(announceLater);
    announceLater = setTimeout(() => {
      const { label, confidence, recognized } = this.answer ?? {};
      const sure = recognized ? word("confidence", percent(confidence)) : word("unsure");
      $("announcement").textContent = this.answer ? `${label}, ${sure}` : this.trouble ?? "";
    }, SETTLED);
  }

  // The label of a character, as the model gave it or as it was corrected.
  labelOf(index) {
    return this.corrections.get(index)?.label ?? this.parts[index].label;
  }

  // The whole label with what was corrected in its place.
  get label() {
    if (!this.corrections.size) return this.answer.label;
    let rest = this.answer.label, label = "";
    this.parts.forEach((part, index) => {
      const at = rest.indexOf(part.label);
      label += rest.slice(0, at) + this.labelOf(index);
      rest = rest.slice(at + part.label.length);
    });
    return label;
  }

  nothing() {
    return element("p", { className: "empty", textContent: this.trouble ?? word(this.emptily) });
  }

  whole() {
    const { label, corrections } = this, { confidence, recognized, doubt } = this.answer;
    const sure = corrections.size ? word("corrected") : recognized ? word("confidence", percent(confidence)) : word("unsure");
    const copy = element("button", { type: "button", className: "quiet", textContent: word("copy") });
    copy.onclick = async () => {
      await copyText(label);
      copy.textContent = word("copied");
    };
    return [
      element("div", { className: "headline" },
        element("p", { className: label.length > LONG ? "label long" : "label", textContent: label }),
        element("span", { className: recognized || corrections.size ? "sure" : "doubt", textContent: sure }),
        copy),
      ...(doubt && !corrections.size ? [element("p", { className: "hint", textContent: doubt })] : []),
      ...(this.parts.length > 1 ? [this.tiles()] : []),
      this.evidence(),
      ...(collecting && this.file ? [this.correction()] : []),
    ];
  }

  tiles() {
    const tiles = this.parts.map((part, index) => {
      const sure = part.recognized || this.corrections.has(index), label = this.labelOf(index);
      const button = element("button", { type: "button", onclick: () => this.choose(index) },
        seen(part, ""), element("span", { className: sure ? "" : "unsure", textContent: sure ? label : `${label}?` }));
      button.setAttribute("aria-pressed", index === this.chosen);
      return element("li", {}, button);
    });
    const list = element("ul", { className: "tiles" }, ...tiles);
    list.setAttribute("aria-label", word("found"));
    return list;
  }

  evidence() {
    const part = this.parts[this.chosen];
    const bars = part.top.map(({ label, confidence }) => {
      const bar = element("span", { className: "bar" });
      bar.style.width = `${100 * confidence}%`;
      return element("li", {},
        element("span", { className: "name", textContent: label }),
        element("span", { className: "track", ariaHidden: "true" }, bar),
        element("span", { className: "share", textContent: percent(confidence) }));
    });
    const list = element("ol", { className: "bars" }, ...bars);
    list.setAttribute("aria-label", word("likeliest"));
    const figure = element("figure", {}, seen(part, word("saw")), element("figcaption", { textContent: word("saw") }));
    if (cellsFit() && part.seen && card.shape[0] <= SMALL) {
      figure.append(element("button", { type: "button", className: "quiet", textContent: word("intoCells"), onclick: () => intoCells(part.seen) }));
    }
    return element("div", { className: "evidence" }, ...(part.seen ? [figure] : []), list);
  }

  correction() {
    const part = this.parts[this.chosen], kept = this.corrections.get(this.chosen);
    const told = element("p", { className: "hint", role: "status", textContent: this.told });
    if (kept) {
      told.append(" ", element("button", { type: "button", className: "quiet", textContent: word("takeBack"), onclick: () => this.takeBack(kept) }));
    }
    const chips = card.classes.map(label => {
      const chip = element("button", { type: "button", textContent: label, onclick: () => this.correct(part, label) });
      chip.setAttribute("aria-pressed", label === kept?.label);
      return chip;
    });
    const head = this.parts.length > 1 ? word("wrongOne", part.label) : word("wrong");
    return element("details", { className: "wrong", open: kept || card.classes.length <= FEW_CLASSES },
      element("summary", { textContent: head }), element("div", { className: "chips" }, ...chips), told);
  }

  correct(part, label) {
    const form = new FormData();
    form.append("file", this.file(), "picture");
    form.append("label", label);
    if (part.box) form.append("box", part.box.join());
    return this.change("/correction", { method: "POST", body: form }, ({ location, collected }) => {
      this.corrections.set(this.chosen, { label, location });
      return word("saved", label, collected);
    });
  }

  takeBack({ location }) {
    return this.change(location, { method: "DELETE" }, ({ collected }) => {
      this.corrections.delete(this.chosen);
      return word("tookBack", collected);
    });
  }

  // Ask for a change of what is kept, and show what came of it, unless there is another answer by then.
  async change(path, options, done) {
    const { answer } = this;
    try {
      const kept = await ask(path, options);
      if (this.answer === answer) this.told = done(kept);
    } catch (error) {
      this.told = error instanceof Refusal ? error.message : word("lost");
    }
    this.show();
  }
}

function seen(part, alt) {
  return part.seen ? element("img", { className: "seen", src: part.seen, alt }) : "";
}

// Boxes around the characters of a picture of this size, the chosen one stronger; they take the pointer only where
// `onChoice(index)` hears which was clicked.
function boxes(parts, width, height, chosen, onChoice) {
  const NS = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(NS, "svg");
  svg.setAttribute("class", onChoice ? "boxes clickable" : "boxes");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  parts.forEach((part, index) => {
    const [left, top, right, bottom] = part.box;
    const box = document.createElementNS(NS, "rect");
    for (const [name, value] of Object.entries({ x: left, y: top, width: right - left, height: bottom - top })) {
      box.setAttribute(name, value);
    }
    box.setAttribute("class", `${part.recognized ? "" : "unsure"} ${index === chosen ? "chosen" : ""}`);
    if (onChoice) box.onclick = () => onChoice(index);
    svg.append(box);
  });
  return svg;
}

async function copyText(text) {
  if (navigator.clipboard) {
    const copied = await navigator.clipboard.writeText(text).then(() => true, () => false);
    if (copied) return;
  }
  const area = element("textarea", { value: text, readOnly: true });  // without HTTPS there is no clipboard
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

// ---- Drawing

const canvas = $("canvas"), pen = canvas.getContext("2d");
const strokes = [];  // each {points: [{x, y, width}], field: {width, height}}, in CSS pixels of that field
let current = null;  // the stroke under the pointer
let changes = 0, asked = 0;  // of the drawing, in all and when it was last asked about
let askedAt = 0, askLater;
const drawAnswer = new AnswerView($("draw-answer"), "waiting", chosen => {
  $("field").querySelector("svg")?.remove();
  if (drawAnswer?.parts.length > 1) $("field").append(boxes(drawAnswer.parts, canvas.width, canvas.height, chosen));
});

// What is on a canvas as a file, at once: `toBlob` waits for an idle moment, which was seen to take 700 ms.
function png(canvas) {
  const bytes = atob(canvas.toDataURL().split(",")[1]);
  return new Blob([Uint8Array.from(bytes, sign => sign.charCodeAt(0))], { type: "image/png" });
}

function fieldSize() {
  return { width: canvas.clientWidth, height: canvas.clientHeight };
}

function paint() {
  const { width, height } = fieldSize();
  if (!width) return;  // its tab is not shown
  const fine = Math.min(2, window.devicePixelRatio);
  canvas.width = Math.round(fine * width);
  canvas.height = Math.round(fine * height);
  pen.fillStyle = PAPER;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.strokeStyle = pen.fillStyle = INK;
  pen.lineCap = pen.lineJoin = "round";
  for (const { points, field } of strokes) {
    const scale = Math.min(width / field.width, height / field.height);  // of a field of another shape all is shown
    pen.setTransform(fine * scale, 0, 0, fine * scale,
      fine * (width - scale * field.width) / 2, fine * (height - scale * field.height) / 2);
    line(points);
  }
  pen.resetTransform();
  $("invitation").hidden = strokes.length > 0;
  $("undo").disabled = $("clear").disabled = !strokes.length;
}

// A smooth line: a curve from middle to middle of the points, which bends at each of them.
function line(points) {
  let [before] = points, from = before;
  for (const point of points) {
    const middle = { x: (before.x + point.x) / 2, y: (before.y + point.y) / 2 };
    pen.lineWidth = point.width;
    pen.beginPath();
    pen.moveTo(from.x, from.y);
    pen.quadraticCurveTo(before.x, before.y, middle.x, middle.y);
    pen.stroke();
    [from, before] = [middle, point];
  }
  pen.beginPath();
  pen.moveTo(from.x, from.y);
  pen.lineTo(before.x, before.y + 0.01);  // a dot has a length, too
  pen.stroke();
}

function add(x, y, pressure = 0.5) {
  const { width, height } = fieldSize();
  current.points.push({ x, y, width: $("width").value * Math.min(width, height) * (0.5 + pressure) });
}

function begin(x, y, pressure) {
  current = { points: [], field: fieldSize() };
  strokes.push(current);
  add(x, y, pressure);
  paint();
}

function finish() {
  current = null;
  if (asked !== changes) askAbout(true);
}

function drawn(urgent = false) {
  changes += 1;
  if (!strokes.length) return drawAnswer.empty();
  drawAnswer.host.classList.add("stale");
  askAbout(urgent);
}

function askAbout(urgent) {
  clearTimeout(askLater);
  const wait = urgent ? 0 : Math.max(0, askedAt + WHILE_DRAWING - performance.now());
  askLater = setTimeout(() => {
    askedAt = performance.now();
    recogniseDrawing(urgent);
  }, wait);
}

const recogniseDrawing = newest(async signal => {
  if (!strokes.length) return;
  asked = changes;
  const drawing = png(canvas);
  const answer = await predict(drawing, signal).catch(error => error);
  if (!strokes.length) return drawAnswer.empty();
  if (answer instanceof Away) return whenBack.add(recogniseDrawing);
  if (answer instanceof Refusal) return drawAnswer.refuse(answer.message);
  if (answer instanceof Error) throw answer;
  drawAnswer.set(answer, () => drawing);
  drawAnswer.host.classList.toggle("stale", asked !== changes);
});

const pressed = event => (event.pointerType === "pen" ? event.pressure : 0.5);

function inField(event) {
  const box = canvas.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top, pressed(event)];
}

canvas.addEventListener("pointerdown", event => {
  if (!event.isPrimary || event.button !== 0) return;
  canvas.setPointerCapture(event.pointerId);
  lift();
  begin(...inField(event));
  drawn();
});
canvas.addEventListener("pointermove", event => {
  if (!current || !event.isPrimary || keyboard.down) return;
  const events = event.getCoalescedEvents?.() ?? [];
  for (const part of events.length ? events : [event]) add(...inField(part));
  paint();
  drawn();
});
for (const end of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(end, event => {
    if (current && event.isPrimary && !keyboard.down) finish();
  });
}

function undo() {
  lift();
  strokes.pop();
  paint();
  drawn(true);
}

function clear() {
  lift();
  strokes.length = 0;
  paint();
  drawn(true);
}

$("undo").onclick = undo;
$("clear").onclick = clear;

// The pen on the keyboard: where it is, in parts of the field, and whether it is down.
const keyboard = { x: 0.5, y: 0.3, down: false };
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function lift() {
  keyboard.down = false;
  $("pen").classList.remove("down");
  current = null;
}

function movePen() {
  $("pen").style.left = `${100 * keyboard.x}%`;
  $("pen").style.top = `${100 * keyboard.y}%`;
  $("pen").hidden = false;
  const { width, height } = fieldSize();
  return [keyboard.x * width, keyboard.y * height];
}

canvas.addEventListener("keydown", event => {
  const within = value => Math.min(0.97, Math.max(0.03, value));
  if (event.key in ARROWS) {
    const [across, down] = ARROWS[event.key], step = event.shiftKey ? 0.01 : 0.04;
    const { width, height } = fieldSize();
    keyboard.x = within(keyboard.x + across * step * height / width);
    keyboard.y = within(keyboard.y + down * step);
    const at = movePen();
    if (keyboard.down) {
      add(...at);
      paint();
      drawn();
    }
  } else if (event.key === " " && keyboard.down) {
    lift();
    drawn(true);
  } else if (event.key === " " && !current) {
    keyboard.down = true;
    $("pen").classList.add("down");
    begin(...movePen());
  } else if (event.key === "z" && (event.ctrlKey || event.metaKey)) {
    undo();
  } else if (event.key === "Escape") {
    clear();
  } else {
    return;
  }
  event.preventDefault();
});
canvas.addEventListener("blur", () => {
  $("pen").hidden = true;
  if (keyboard.down) lift();
});
new ResizeObserver(paint).observe(canvas);

// ---- Pictures

const waiting = [];
let busy = 0;

class Picture {
  constructor(file) {
    this.file = file;
    this.image = element("img", { src: URL.createObjectURL(file), alt: file.name || word("pictures") });
    this.image.onerror = () => this.image.remove();  // a TIFF, say, which the browser cannot show
    this.image.onload = () => this.view.show();
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

async function queue(...pictures) {
  waiting.push(...pictures);
  while (busy < AT_ONCE && waiting.length) {
    busy += 1;
    waiting.shift().recognise().finally(() => {
      busy -= 1;
      queue();
    });
  }
}

function take(files) {
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

// ---- Pixel by pixel

let levels = [], cellNodes = [], painting = null;
const cellsAnswer = new AnswerView($("cells-answer"), "waitingCells");
const cellsFit = () => card?.shape.length === 2 && Math.max(...card.shape) <= SMALL;

function layCells() {
  const [height, width] = card.shape, [, full] = card.range;
  levels = Array(height * width).fill(0);
  $("ink").max = $("ink").value = full;
  $("level").textContent = full;
  const rows = Array.from({ length: height }, () => {
    const row = element("div", { role: "row" });
    row.append(...Array.from({ length: width }, () => element("div", { role: "gridcell", tabIndex: -1 })));
    return row;
  });
  $("grid").replaceChildren(...rows);
  cellNodes = [...$("grid").querySelectorAll("[role=gridcell]")];
  cellNodes[0].tabIndex = 0;
  showCells();
}

function showCells() {
  if (!levels.length) return;
  const [, width] = card.shape, [, full] = card.range;
  cellNodes.forEach((node, index) => {
    const level = levels[index], grey = Math.round(255 * (1 - level / full));
    node.textContent = level;
    node.style.backgroundColor = `rgb(${grey} ${grey} ${grey})`;
    node.classList.toggle("dark", grey < 120);
    node.setAttribute("aria-label", word("cell", Math.floor(index / width) + 1, index % width + 1, level));
  });
  const row = start => levels.slice(start, start + width).map(level => String(level).padStart(3)).join(",");
  const rows = levels.filter((_, index) => index % width === 0).map((_, index) => row(index * width));
  $("posted").textContent = `POST /prediction\n{"instances": [[\n${rows.join(",\n")}\n]]}`;
  const blank = levels.every(level => level === 0);
  $("blank").disabled = $("download").disabled = blank;
  if (blank) cellsAnswer.empty();
}

function setCell(index, level) {
  const within = Math.min(card.range[1], Math.max(0, level));
  if (levels[index] === within) return;
  levels[index] = within;
  showCells();
  recogniseCells();
}

const recogniseCells = newest(async signal => {
  if (levels.every(level => level === 0)) return;
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ instances: [levels] });
  const answer = await ask("/prediction", { method: "POST", headers, body, signal }).catch(error => error);
  if (levels.every(level => level === 0)) return cellsAnswer.empty();
  if (answer instanceof Away) return whenBack.add(recogniseCells);
  if (answer instanceof Refusal) return cellsAnswer.refuse(answer.message);
  if (answer instanceof Error) throw answer;
  cellsAnswer.set(answer.predictions[0], cellsAsPng);
});

// The cells as a picture of as many pixels: black ink on white paper, as `client.py` reads it.
function cellsAsPng() {
  const [height, width] = card.shape, small = element("canvas", { width, height });
  const image = new ImageData(width, height);
  levels.forEach((level, index) => {
    const grey = Math.round(255 * (1 - level / card.range[1]));
    image.data.set([grey, grey, grey, 255], 4 * index);
  });
  small.getContext("2d").putImageData(image, 0, 0);
  return png(small);
}

async function intoCells(url) {
  const [height, width] = card.shape, small = element("canvas", { width, height }).getContext("2d");
  const image = element("img", { src: url });
  await image.decode();
  small.drawImage(image, 0, 0);
  const { data } = small.getImageData(0, 0, width, height);
  levels = levels.map((_, index) => Math.round(card.range[1] * (1 - data[4 * index] / 255)));
  showTab("cells");
  showCells();
  recogniseCells();
}

function cellAt(event) {
  return cellNodes.indexOf(document.elementFromPoint(event.clientX, event.clientY));
}

$("grid").addEventListener("pointerdown", event => {
  const index = cellAt(event);
  if (index < 0 || event.button !== 0) return;
  painting = levels[index] === Number($("ink").value) ? 0 : Number($("ink").value);  // again on the same: wipe
  setCell(index, painting);
});
$("grid").addEventListener("pointermove", event => {
  const index = painting === null ? -1 : cellAt(event);
  if (index >= 0) setCell(index, painting);
});
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => (painting = null));
$("grid").addEventListener("keydown", event => {
  const index = cellNodes.indexOf(event.target), [height, width] = card.shape;
  if (event.key in ARROWS) {
    const [across, down] = ARROWS[event.key];
    const column = index % width + across, row = Math.floor(index / width) + down;
    if (column < 0 || column >= width || row < 0 || row >= height) return;
    event.target.tabIndex = -1;
    cellNodes[row * width + column].tabIndex = 0;
    cellNodes[row * width + column].focus();
  } else if (event.key === " " || event.key === "Enter") {
    setCell(index, Number($("ink").value));
  } else if (event.key === "+" || event.key === "-") {
    setCell(index, levels[index] + (event.key === "+" ? 1 : -1));
  } else {
    return;
  }
  event.preventDefault();
});
$("ink").oninput = () => ($("level").textContent = $("ink").value);
$("blank").onclick = () => {
  levels.fill(0);
  showCells();
};
$("download").onclick = () => save(cellsAsPng(), "digit.png");

function save(blob, name) {
  const href = URL.createObjectURL(blob);
  element("a", { href, download: name }).click();
  URL.revokeObjectURL(href);
}

// ---- The model and the tabs

function showCard() {
  const { test } = card.scores, { data } = card;
  const images = Object.values(data.counts).reduce((sum, count) => sum + count, 0);
  $("served").textContent = word("served", card.name, card.classes.length, percent(test.accuracy));
  $("invitation").textContent = word("invitation", card.classes.slice(0, 10).join(" "));
  $("explained").textContent = cellsFit() ? word("explained", card.shape[0] * card.shape[1], card.range[1]) : "";
  $("report").hidden = !card.report;
  const facts = {
    data: word("images", data.name, images.toLocaleString(language), card.classes.length),
    accuracy: word("share", test.correct.toLocaleString(language), test.total.toLocaleString(language),
      percent(test.accuracy, 2), ...test.interval.map(end => percent(end, 2))),
    classes: card.classes.join(" "),
    size: word("values", card.shape.join("×"), card.range[1]),
    recipe: card.recipe.name,
    date: new Date(card.date).toLocaleString(document.documentElement.lang),
  };
  $("facts").replaceChildren(...Object.entries(facts).flatMap(([key, fact]) =>
    [element("dt", { textContent: word(key) }), element("dd", { textContent: fact })]));
  showCells();
}

const tabs = [...$("tabs").children];
const panelOf = tab => $(tab.getAttribute("aria-controls"));

function showTab(id) {
  for (const tab of tabs) {
    const chosen = panelOf(tab).id === id;
    tab.setAttribute("aria-selected", chosen);
    tab.tabIndex = chosen ? 0 : -1;
    panelOf(tab).hidden = !chosen;
  }
  paint();
}

for (const tab of tabs) tab.onclick = () => showTab(panelOf(tab).id);
$("tabs").addEventListener("keydown", event => {
  if (!(event.key in ARROWS)) return;
  const shown = tabs.filter(tab => !tab.hidden), [across, down] = ARROWS[event.key];
  const next = shown.at((shown.indexOf(event.target) + across + down) % shown.length);
  next.focus();
  next.click();
});

// Fetch the card, at first and from time to time; a new one changes what the page offers, and is asked again.
async function look() {
  const found = await ask("/model").catch(() => null);
  if (!found || found.sha256 === card?.sha256) return;
  const renewed = Boolean(card);
  const shape = JSON.stringify(card?.shape);
  card = found;
  const grey = card.shape.length === 2;
  $("tab-draw").hidden = !grey;
  $("tab-cells").hidden = !cellsFit();
  $("tabs").hidden = !grey;
  if (JSON.stringify(card.shape) !== shape) {
    if (cellsFit()) layCells();
    showTab(grey ? "draw" : "pictures");
  }
  showCard();
  if (!renewed) return;
  say("renewed");
  recogniseDrawing();
  if (cellsFit()) recogniseCells();
}

$("language").onclick = () => {
  chooseLanguage(language === "zh" ? "en" : "zh");
  recall("localStorage", "language", language);
};

// A browser may forbid to remember anything.
function recall(storage, key, value) {
  try {
    if (value) window[storage].setItem(key, value);
    return window[storage].getItem(key);
  } catch {
    return value ?? null;
  }
}

chooseLanguage(recall("localStorage", "language") ?? (navigator.language.startsWith("zh") ? "zh" : "en"));
await look();
setInterval(() => {
  if (!document.hidden && !away) look();
}, LOOK);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !away) look();
});
