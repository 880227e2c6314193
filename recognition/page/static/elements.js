// The page's elements: found, made, and saved as files.
export const $ = id => document.getElementById(id);

// Properties that a browser does not have, such as "aria-label", become attributes.
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

export const button = (properties, ...children) => element("button", { type: "button", ...properties }, ...children);

export const greyOf = (level, full) => Math.round(255 * (1 - level / full));

// Return a canvas with levels of ink, row by row: 0 = paper, white; `full` = black.
export function inkOnCanvas(levels, [height, width], full) {
  const canvas = element("canvas", { width, height }), image = new ImageData(width, height);
  levels.forEach((level, index) => {
    const grey = greyOf(level, full);
    image.data.set([grey, grey, grey, 255], 4 * index);
  });
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

// What is on a canvas as a file, at once: `toBlob` waits for an idle moment, which was seen to take 700 ms.
export const png = canvas => blobOf(canvas.toDataURL());

export function blobOf(dataUrl) {
  const [, type, base64] = dataUrl.match(/^data:(.*);base64,(.*)$/);
  return new Blob([Uint8Array.from(atob(base64), sign => sign.charCodeAt(0))], { type });
}

export function save(blob, name) {
  const href = URL.createObjectURL(blob);
  element("a", { href, download: name }).click();
  URL.revokeObjectURL(href);
}
