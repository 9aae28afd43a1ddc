// Whether a piece of the page's text says what the proved statement says, place by place.

import { clock } from "./clock.js";
import { enrolmentOf, saidOn } from "./standing.js";
import { words } from "./words.js";

// Grams, square metres and bytes of the units that the page shows, and what rounding may leave out.
const UNITS = { "公斤": [1000], "kg": [1000], "吨": [1e6], "亩": [2000 / 3, 4], "ha": [1e4, 51], "kB": [1000, 1000], "%": [1, 0.006] };

// How the admission names a statement's signer; nothing of a registrar.
export const admissionOf = ({ key }) => saidOn(enrolmentOf(key)?.body.actor)[0]?.body || {};

// Whether text says a value, which stands in the statement under the last name of `place`; `claim` is the statement.
export function isShown(value, place, shown, claim) {
  const last = place.split("/").pop();
  const wordOf = (name) => words[name]?.textContent;
  if (shown === wordOf(`${last}=${value}`)) return true;
  if (typeof value === "number") {
    const county = wordOf(`county=${last}`); // of a share, which may be told behind it
    return shown === county || isAmount(shown.replace(`${county} `, ""), last === "quantity" ? value * 1000 : value);
  }
  // A thing may be called by its code, in groups.
  if (shown === String(value) || String(value).endsWith(`/${shown.replace(/ /g, "").toLowerCase()}`)) return true;
  // A list tells its numbers.
  if (value instanceof Object) return (shown.match(/[\d.]+/g) || []).every((number) => JSON.stringify(value).includes(number));
  // The time; its day; or the hour alone, where it is of the day on which it happened.
  const [digits, told, happened] = [shown, timeOf(value), timeOf(claim?.body.eventTime || claim?.signed_at)].map(numbersIn);
  return /^\d{4}-\d\d-\d\d/.test(value) && (`${told}` === `${[...happened.slice(0, 3), ...digits]}` || (digits.length > 1 && `${told},`.startsWith(`${digits},`)));
}

const timeOf = (written) => clock(Date.parse(written) || 0);
const numbersIn = (text) => (text.match(/\d+/g) || []).map(Number);

function isAmount(shown, value) {
  const [, number, unit] = /^([\d,.-]*) ?([^]*)$/.exec(shown);
  const [size = 1, slack = 0] = UNITS[unit] || [];
  return number && Math.abs(number.replace(/,/g, "") * size - value) <= slack + Math.abs(value) * 1e-9;
}
