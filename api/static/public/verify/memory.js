// What this phone remembers of a ledger: its keys, the largest size seen and its root, and when codes were checked.

import { attempt } from "./bytes.js";

const CODES_MAX = 50; // some kilobytes

export const recall = (origin) => attempt(() => JSON.parse(localStorage.getItem(`daodi:${origin}`))) || {};

// A browser that stores nothing has nothing to warn by; the check itself needs no memory.
export function remember(origin, found) {
  const checked = Object.entries(found.checked).sort((one, two) => two[1] - one[1]);
  found.checked = Object.fromEntries(checked.slice(0, CODES_MAX));
  attempt(() => localStorage.setItem(`daodi:${origin}`, JSON.stringify(found)));
}
