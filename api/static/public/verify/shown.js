// Whether a piece of the page's text says what the proved statement says, place by place.

import { saidOn } from "./standing.js";

export const DAY_MS = 86400000;
// Grams, square metres and bytes of the units that the page shows, and what rounding may leave out.
const UNITS = { "公斤": 1000, "吨": 1e6, "kg": 1000, "亩": 2000 / 3, "ha": 1e4, "kB": 1000 };
const SLACK = { "亩": 4, "ha": 51, "kB": 1000 };

export const clock = (ms) => new Date(ms + DAY_MS / 3).toISOString().slice(0, 16).replace("T", " "); // China's time

// `place` leads to a member of the statement; `by` is its signer's admission, `at` when the ledger took it.
export function isShown(exam, index, place, shown, words) {
  const claim = exam.claims.get(index);
  if (!claim) return false;
  const [admission = { body: {} }] = saidOn(exam, exam.enrolled[claim.key]?.actor);
  const said = { ...claim, by: admission.body, at: new Date(exam.leaves.get(index).ms).toISOString() };
  const value = place.split("/").reduce((holder, name) => (holder ?? {})[name], said);
  const word = words[`${place.split("/").pop()}=${value}`];
  if ((word && shown === word.textContent) || shown === value) return true;
  if (typeof value === "number") return isAmount(shown, place.endsWith("/quantity") ? value * 1000 : value);
  if (!/^\d{4}-\d\d-\d\dT/.test(value)) {
    // A list tells its numbers; a thing may be called by its code, in groups.
    if (value instanceof Object) return (shown.match(/[\d.]+/g) || []).every((number) => JSON.stringify(value).includes(number));
    return shown === String(value) || String(value).endsWith(`/${shown.replace(/ /g, "").toLowerCase()}`);
  }
  // The time; its day; or the hour alone, where it is of the day on which it happened.
  const digits = numbers(shown);
  const [told, happened] = [value, said.body.eventTime || said.signed_at].map((one) => numbers(clock(Date.parse(one) || 0)));
  const isSameDay = String(told.slice(0, 3)) === String(happened.slice(0, 3));
  const expected = digits.length === 2 && isSameDay ? told.slice(3) : told.slice(0, digits.length);
  return digits.length > 1 && String(digits) === String(expected);
}

const numbers = (text) => (text.match(/\d+/g) || []).map(Number);

function isAmount(shown, value) {
  const [, number, unit] = /^([\d,.-]+) ?(.*)$/.exec(shown) || ["", ""];
  const size = UNITS[unit] || 1;
  return number && Math.abs(number.replace(/,/g, "") * size - value) <= (SLACK[unit] || 0) + Math.abs(value) * 1e-9;
}
