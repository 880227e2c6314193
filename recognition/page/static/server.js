// The server: one way to ask it, and what to do while it is away. The event "back" follows when it is there again.
import { $, png } from "./elements.js";
import { Refusal } from "./refusal.js";
import { say, sayNoLonger } from "./status.js";
import { credentials, lock } from "./token.js";

const SLOW = 1500, PATIENCE = 30000, RETRY = 1000;  // ms

export let away = false;
export const whenBack = new Set();  // what to do again

export class Away extends Error {}

export async function ask(path, options = {}) {
  const slow = setTimeout(() => say("slow"), SLOW), stop = new AbortController();
  const patience = setTimeout(() => stop.abort(new Away()), PATIENCE);
  options.signal?.addEventListener("abort", () => stop.abort());
  try {
    const headers = { ...options.headers, ...credentials() };
    const answer = await fetch(path, { ...options, headers, signal: stop.signal });
    const body = await answer.text();
    sayNoLonger("slow");
    if (answer.ok) return Object.assign(JSON.parse(body), { location: answer.headers.get("Location") });
    throw refusal(answer, body);
  } catch (error) {
    if (error instanceof Refusal || error.name === "AbortError") throw error;
    awaitServer();
    throw new Away();
  } finally {
    clearTimeout(slow);
    clearTimeout(patience);
  }
}

function refusal({ status, headers }, body) {
  if (status === 401) lock();
  const isProblem = headers.get("Content-Type") === "application/problem+json";
  return new Refusal(isProblem ? JSON.parse(body) : { status });
}

async function awaitServer() {
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
  document.dispatchEvent(new Event("back"));
  const pending = [...whenBack];
  whenBack.clear();
  for (const again of pending) again();
}

// What is asked about a drawing, as it is now.
export const snapshot = png;

export function predict(file, signal) {
  const form = new FormData();
  form.append("file", file, file.name || "drawing.png");
  const pattern = $("pattern").value.trim();
  const query = new URLSearchParams({ seen: 1, ...(pattern && { pattern }) });
  return predicted(`/prediction?${query}`, { body: form, signal });
}

export function predictRow(levels, signal) {
  const headers = { "Content-Type": "application/json" };
  return predicted("/prediction", { headers, body: JSON.stringify({ instances: [levels] }), signal });
}

const predicted = async (path, options) => (await ask(path, { method: "POST", ...options })).predictions[0];
