// Bytes and their spellings: all bytes are held as lowercase hex; SHA-256 by WebCrypto; strict base64 (RFC 4648).

// The check under way fails: the bundle does not hold. `leaf` is its index where known.
export function fail(sentence, leaf) {
  throw { fails: true, leaf };
}

// Checking cannot go on: a limit of section 7, or a later version.
export function stop(sentence) {
  throw { stops: true };
}

export const bytes = (hex) => Uint8Array.from(hex.match(/../g) || [], (pair) => parseInt(pair, 16));
export const hexOf = (list) => Array.from(new Uint8Array(list), (byte) => (byte + 256).toString(16).slice(1)).join("");
export const utf8 = (text) => hexOf(new TextEncoder().encode(text));
export const sha256 = async (...parts) => hexOf(await crypto.subtle.digest("SHA-256", bytes(parts.join(""))));

// What is made, or null when making it throws.
export function attempt(make) {
  try {
    return make();
  } catch (error) {
    return null;
  }
}

// Bytes in the one base64 text that they have; null for any other.
export const decode = (text) =>
  attempt(() => {
    const signs = atob(text);
    return btoa(signs) === text ? hexOf(Array.from(signs, (sign) => sign.charCodeAt())) : null;
  });

// Checks all at once, for hashes and signatures are others' work; the first in order that fails counts,
// at the leaf whose `index` the checked one has.
export async function each(list, check) {
  const all = [...list];
  return (await Promise.allSettled(all.map(async (one, at) => check(one, at)))).map(({ value, reason }, at) => {
    // A new one: what a key's bytes fail with is one error for all that it signed.
    if (reason) throw { ...reason, leaf: reason.leaf ?? all[at]?.index };
    return value;
  });
}

// Shapes of JSON: what is read with the wrong one fails the check that reads it.
export const isText = (value) => typeof value === "string";
export const isObject = (value) => value instanceof Object && !Array.isArray(value);
export const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
export const matching = (pattern) => (value) => isText(value) && pattern.test(value);
export const isHash = matching(/^[0-9a-f]{64}$/);
export const isTorn = (text) => /[\uD800-\uDFFF]/u.test(text);

export const members = (value, sentence) => (isObject(value) ? value : fail(sentence));
export const entries = (value, sentence) => (Array.isArray(value) ? value : fail(sentence));
export const text = (value, sentence) => (isText(value) && !isTorn(value) ? value : fail(sentence));
export const raw = (value, sentence) => decode(value) ?? fail(sentence);
export const digest = (value, sentence) => (isHash(decode(value)) ? decode(value) : fail(sentence));
