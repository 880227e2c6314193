// The page's elements: found, made, and saved as files.
export const $ = id => document.getElementById(id);

export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
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
