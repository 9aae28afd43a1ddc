// Whether a piece of the page's text says what the proved statement says, place by place.

import { saidOn } from "./standing.js";

export const DAY_MS = 86400000;
// Grams, square metres and bytes of the units that the page shows, and what rounding may leave out.
const UNITS = { "公斤": 1000, "吨": 1e6, "kg": 1000, "亩": 2000 / 3, "ha": 1e4, "kB": 1000 };
const SLACK = { "亩": 4, "ha": 51, "kB": 1000, "%": 0.006 };

export const clock = (ms) => new Date(ms + DAY_MS / 3).toISOString().slice(0, 16).replace("T", " "); // China's time

// How the admission names a statement's signer; nothing of a registrar.
export const admissionOf = (exam, { key }) => (saidOn(exam, exam.enrolled[key]?.actor)[0] || { body: {} }).body;

// Whether text says a value, which stands in the statement under the last name of `place`; `claim` is the statement.
export function isShown(value, place, shown, words, claim) {
  const last = place.split("/").pop();
  if (shown === words[`${last}=${value}`]?.textContent || shown === value) return true;
  if (typeof value === "number") {
    const county = words[`county=${last}`]?.textContent; // of a share, which may be told behind it
    return shown === county || isAmount(shown.replace(`${county} `, ""), last === "quantity" ? value * 1000 : value);
  }
  if (!/^\d{4}-\d\d-\d\dT/.test(value)) {
    // A list tells its numbers; a thing may be called by its code, in groups.
    if (value instanceof Object) return (shown.match(/[\d.]+/g) || []).every((number) => JSON.stringify(value).includes(number));
    return shown === String(value) || String(value).endsWith(`/${shown.replace(/ /g, "").toLowerCase()}`);
  }
  // The time; its day; or the hour alone, where it is of the day on which it happened.
  const digits = numbers(shown);
  const [told, happened] = [value, claim?.body.eventTime || claim?.signed_at || value].map((one) => numbers(clock(Date.parse(one) || 0)));
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
