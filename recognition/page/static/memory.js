// What the browser remembers, with a value to write or without one to read; it may forbid to remember anything.
export function recall(storage, key, value) {
  try {
    if (value) window[storage].setItem(key, value);
    return window[storage].getItem(key);
  } catch {
    return value ?? null;
  }
}
