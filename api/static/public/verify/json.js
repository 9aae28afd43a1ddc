// JSON texts: an evidence file without doubled members; RFC 8785 (JCS) and the stricter form of section 1.

import { attempt, fail, isObject, isTorn } from "./bytes.js";

const NESTING_MAX = 32; // the outermost object is 1

// The value of a file's bytes: strict UTF-8, no member twice in an object.
export function parseFile(file) {
  const written = attempt(() => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(file));
  const value = attempt(() => JSON.parse(written));
  if (!isObject(value)) fail("the file is no JSON object");
  // JSON.parse keeps the last of two members of one name and says nothing: then there are fewer.
  if (countMembers(written) !== attempt(() => countMembers(JSON.stringify(value)))) fail("an object has a member twice");
  return value;
}

// Outside of texts, a colon stands in every member and nowhere else.
const countMembers = (written) => written.replace(/"(?:[^"\\]|\\.)*"/g, "").split(":").length;

// The one text of a value. ECMAScript's numbers and strings are JCS's by definition.
// `strict` adds what section 1 forbids in statements: exponents, wide integers, names beyond ASCII.
export function canonical(value, strict, level = 1) {
  if (value instanceof Object) {
    if (level > NESTING_MAX) fail("nested too deep");
    const inner = (one) => canonical(one, strict, level + 1);
    if (Array.isArray(value)) return `[${value.map(inner)}]`;
    const names = Object.keys(value).sort();
    if (strict && names.some((name) => /[^\0-\x7f]/.test(name))) fail("a member's name is not ASCII");
    return `{${names.map((name) => `${inner(name)}:${inner(value[name])}`)}}`;
  }
  if (typeof value === "number" ? !isWritable(value, strict) : isTorn(value)) fail("what has no canonical form");
  return JSON.stringify(value);
}

const isWritable = (number, strict) =>
  Number.isFinite(number) && (!strict || (Math.abs(number) < 2 ** 53 && (!(number % 1) || Math.abs(number) >= 1e-6)));
