// JSON texts: an evidence file without doubled members; RFC 8785 (JCS) and the stricter form of section 1.

import { fail, isObject } from "./bytes.js";

const NESTING_MAX = 32; // the outermost object is 1
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],]/g;

// The value of a file's bytes: strict UTF-8, no member twice in an object.
export function parseFile(bytes) {
  let written;
  try {
    written = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const value = JSON.parse(written);
    if (isObject(value) && !hasDoubles(written)) return value;
  } catch (error) {
    return fail(`the file is not JSON: ${error.message}`);
  }
  return fail("the file is no object, or has a member twice");
}

// JSON.parse keeps the last of two members of one name and says nothing. The text is JSON already,
// so a text after `{`, or in an object after `,`, is a member's name.
function hasDoubles(written) {
  const open = [];
  let names = null;
  let naming = false;
  for (const [token] of written.matchAll(TOKENS)) {
    if (token === "{" || token === "[") {
      open.push(names);
      names = token === "{" ? new Set() : null;
    } else if (token === "}" || token === "]") {
      names = open.pop();
    } else if (token !== "," && naming) {
      const name = JSON.parse(token);
      if (names.has(name)) return true;
      names.add(name);
    }
    naming = names !== null && (token === "{" || token === ",");
  }
  return false;
}

// The one text of a value. ECMAScript's numbers and strings are JCS's by definition.
// `strict` adds what section 1 forbids in statements: exponents, wide integers, names beyond ASCII.
export function canonical(value, strict, level = 1) {
  if (typeof value === "string") {
    return /[\uD800-\uDFFF]/u.test(value) ? fail("a string holds a lone surrogate") : JSON.stringify(value);
  }
  if (typeof value === "number") return canonicalNumber(value, strict);
  if (value === null || typeof value === "boolean") return String(value);
  if (level > NESTING_MAX) fail("nested too deep");
  if (Array.isArray(value)) return `[${value.map((one) => canonical(one, strict, level + 1)).join(",")}]`;
  const names = Object.keys(value).sort();
  if (strict && !names.every((name) => /^[\0-\x7f]*$/.test(name))) fail("a member's name is not ASCII");
  const pairs = names.map((name) => `${canonical(name)}:${canonical(value[name], strict, level + 1)}`);
  return `{${pairs.join(",")}}`;
}

function canonicalNumber(number, strict) {
  const plain = Number.isInteger(number) ? Number.isSafeInteger(number) : Math.abs(number) >= 1e-6;
  if (!Number.isFinite(number) || (strict && !plain)) fail("a number has no canonical form");
  return JSON.stringify(number);
}
