// Whether a piece of the page's text says what the proved statement says, place by place.

import { clock } from "./clock.js";
import { enrolmentOf, saidOn } from "./standing.js";
import { words } from "./words.js";

// Grams, square metres and bytes of the units that the page shows, and what rounding may leave out.
const UNITS = { "公斤": 1000, "吨": 1e6, "kg": 1000, "亩": 2000 / 3, "ha": 1e4, "kB": 1000 };
const SLACK = { "亩": 4, "ha": 51, "kB": 1000, "%": 0.006 };

// How the admission names a statement's signer; nothing of a registrar.
export const admissionOf = ({ key }) => saidOn(enrolmentOf(key)?.body.actor)[0]?.body || {};

// Whether text says a value, which stands in the statement under the last name of `place`; `claim` is the statement.
export function isShown(value, place, shown, claim) {
  const last = place.split("/").pop();
  if (shown === words[`${last}=${value}`]?.textContent || shown === value) return true;
  if (typeof value === "number") {
    const county = words[`county=${last}`]?.textContent; // of a share, which may be told behind it
    return shown === county || isAmount(shown.replace(`${county} `, ""), last === "quantity" ? value * 1000 : value);
  }
  if (!/^\d{4}-\d\d-\d\d/.test(value)) {
    // A list tells its numbers; a thing may be called by its code, in groups.
    if (value instanceof Object) return (shown.match(/[\d.]+/g) || []).every((number) => JSON.stringify(value).includes(number));
    return shown === String(value) || String(value).endsWith(`/${shown.replace(/ /g, "").toLowerCase()}`);
  }
  // The time; its day; or the hour alone, where it is of the day on which it happened.
  const [digits, told, happened] = [shown, ...[value, claim?.body.eventTime || claim?.signed_at].map((time) => clock(Date.parse(time) || 0))].map(numbers);
  const isHour = `${told.slice(0, 3)}` === `${happened.slice(0, 3)}` && `${told.slice(3)}` === `${digits}`;
  return isHour || (digits.length > 1 && `${told.slice(0, digits.length)}` === `${digits}`);
}

const numbers = (text) => (text.match(/\d+/g) || []).map(Number);

function isAmount(shown, value) {
  const [, number, unit] = /^([\d,.-]+) ?(.*)$/.exec(shown) || ["", ""];
  const size = UNITS[unit] || 1;
  return number && Math.abs(number.replace(/,/g, "") * size - value) <= (SLACK[unit] || 0) + Math.abs(value) * 1e-9;
}
