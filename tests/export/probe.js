// What tests ask of the model in the page, without drawing: rows, and pictures as they would stand on the canvas.
import { parsed } from "./parameters.js";
import { through } from "./pipelines.js";
import { read } from "./reading.js";
import { examine } from "./recognizer.js";

window.answersToRows = rows => rows.map(row => {
  const { prediction, sure } = examine(Float32Array.from(row));
  return { ...prediction, sure };
});

// The decision values of pipelines, given as text, for rows.
window.decisions = (text, rows) => {
  const pipelines = parsed(text);
  return rows.map(row => pipelines.map(steps => through(steps, Float32Array.from(row)).decisions));
};

window.answerTo = async url => {
  const image = Object.assign(new Image(), { src: url });
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: image.naturalWidth, height: image.naturalHeight });
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  return read(pen.getImageData(0, 0, canvas.width, canvas.height), () => "");
};
