// What this phone remembers of a ledger: its keys, the largest size seen, and when codes were checked.

const CODES_MAX = 50; // some kilobytes

export function recall(origin) {
  try {
    return JSON.parse(localStorage.getItem(`daodi:${origin}`)) || {};
  } catch (error) {
    return {};
  }
}

export function remember(origin, found) {
  const checked = Object.entries(found.checked).sort((one, two) => two[1] - one[1]);
  found.checked = Object.fromEntries(checked.slice(0, CODES_MAX));
  try {
    localStorage.setItem(`daodi:${origin}`, JSON.stringify(found));
  } catch (error) {
    // A browser that stores nothing has nothing to warn by; the check itself needs no memory.
  }
}
