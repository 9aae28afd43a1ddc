// Bytes and their spellings: SHA-256 by WebCrypto, strict base64 (RFC 4648), lowercase hex.

// The check under way fails: the bundle does not hold. `leaf` is its index where known.
export class Fails extends Error {
  constructor(why, leaf = null) {
    super(why);
    this.leaf = leaf;
  }
}

// Checking cannot go on: a limit of section 7, or a later version.
export class Stops extends Error {}

export function fail(why, leaf) {
  throw new Fails(why, leaf);
}

const encoder = new TextEncoder();
const HEX = Array.from({ length: 256 }, (_, byte) => (byte + 256).toString(16).slice(1));

export const utf8 = (text) => encoder.encode(text);
export const hex = (bytes) => Array.from(bytes, (byte) => HEX[byte]).join("");
export const own = (holder, name) => Object.prototype.hasOwnProperty.call(holder, name);

// Parts are byte arrays or lists of bytes, such as a one-byte tag.
export function concat(...parts) {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", concat(...parts)));
}

// Bytes in the one base64 text that they have; null for any other text.
export function decode(text) {
  try {
    const signs = atob(text);
    if (btoa(signs) !== text) return null;
    const bytes = new Uint8Array(signs.length);
    for (let at = 0; at < signs.length; at++) bytes[at] = signs.charCodeAt(at);
    return bytes;
  } catch (error) {
    return null;
  }
}

export const encode = (bytes) => btoa(String.fromCharCode(...bytes));

// Checks all at once, for hashes and signatures are others' work; the first in order that fails counts.
export async function each(list, check) {
  const found = await Promise.all(
    list.map(async (one, at) => {
      try {
        return { value: await check(one, at) };
      } catch (error) {
        return { error };
      }
    }),
  );
  for (const one of found) if (one.error) throw one.error;
  return found.map((one) => one.value);
}

// Shapes of JSON: what is read with the wrong one fails the check that reads it.
export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function members(value, what, leaf) {
  return isObject(value) ? value : fail(`${what} is not an object`, leaf);
}

export function entries(value, what, leaf) {
  return Array.isArray(value) ? value : fail(`${what} is not a list`, leaf);
}

export function text(value, what, leaf) {
  if (typeof value !== "string" || /[\uD800-\uDFFF]/u.test(value)) fail(`${what} is not text`, leaf);
  return value;
}

export const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
export const isHash = (value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value);

export function raw(value, what, leaf) {
  return (typeof value === "string" && decode(value)) || fail(`${what} is not base64`, leaf);
}

export function digest(value, what, leaf) {
  const found = raw(value, what, leaf);
  return found.length === 32 ? found : fail(`${what} has not 32 bytes`, leaf);
}

export function refuseOthers(holder, known, what) {
  for (const name of Object.keys(holder)) if (!known.includes(name)) fail(`${what} has the unknown member ${name}`);
}
