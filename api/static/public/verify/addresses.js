// Addresses other than a lot's short one: GS1 Digital Links, codes as people type them, sites, plain URIs.

import { ALPHABET } from "./asked.js";

export function askedElsewhere(path, origin) {
  const [kind, first, next, ...rest] = path.split("/").filter(Boolean).map(decodeURIComponent);
  const [lot, , unit = ""] = next === "22" ? rest.slice(2) : rest; // a variant may stand before the lot
  const askFor = (thing, typed) => ({
    uri: `https://${origin.split("/")[0]}/${thing}/${plain(typed).slice(0, 20)}`,
    unit: plain(typed).slice(20),
  });
  if (/^t$/i.test(kind)) return first.includes(":") ? { uri: first } : askFor("lot", first);
  if (kind === "crop" || kind === "site") return askFor(kind, first);
  if (isCode(plain(lot))) return askFor("lot", lot + unit);
  const quoted = encodeURIComponent(lot).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt().toString(16).toUpperCase()}`);
  return { uri: `https://id.gs1.org/01/${first.padStart(14, "0")}/10/${quoted}` };
}

// People type blanks and dashes, o for 0, i and l for 1.
export const plain = (typed) =>
  typed
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s\-‐-―−]/g, "")
    .replace(/o/g, "0")
    .replace(/[il]/g, "1");

// Luhn mod 32, from the right, factors 1, 2, 1 … with the check character.
export function isCode(typed) {
  const values = Array.from(typed.slice(0, 20), (sign) => ALPHABET.indexOf(sign)).reverse();
  const sum = values.reduce((before, value, at) => before + ((value << at % 2) >> 5) + ((value << at % 2) & 31), 0);
  return /^(.{20}|.{32})$/.test(typed) && !values.includes(-1) && !(sum % 32);
}
