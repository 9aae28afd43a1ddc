// What this phone remembers of a ledger: its keys, the largest size seen and its root, and when codes were checked.

import { attempt } from "./bytes.js";
import { pins } from "./words.js";

const CODES_MAX = 50; // some kilobytes
const PLACE = `daodi:${pins.origin}`;

export const recall = () => attempt(() => JSON.parse(localStorage.getItem(PLACE)));

// A browser that stores nothing has nothing to warn by; the check itself needs no memory.
export function remember(uri, found) {
  const codes = Object.entries({ ...found.checked, [uri]: Date.now() }).slice(-CODES_MAX);
  attempt(() => localStorage.setItem(PLACE, JSON.stringify({ ...found, checked: Object.fromEntries(codes) })));
}
