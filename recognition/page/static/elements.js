// The page's elements: found, made, and saved as files.
export const $ = id => document.getElementById(id);

export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// What is on a canvas as a file, at once: `toBlob` waits for an idle moment, which was seen to take 700 ms.
export const png = canvas => pngOf(canvas.toDataURL());

export function pngOf(dataUrl) {
  const bytes = atob(dataUrl.split(",")[1]);
  return new Blob([Uint8Array.from(bytes, sign => sign.charCodeAt(0))], { type: "image/png" });
}

export function save(blob, name) {
  const href = URL.createObjectURL(blob);
  element("a", { href, download: name }).click();
  URL.revokeObjectURL(href);
}
