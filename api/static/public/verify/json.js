// JSON texts: RFC 8785 (JCS) and the stricter form of section 1.

import { fail, isTorn } from "./bytes.js";

const NESTING_MAX = 32; // the outermost object is 1

// The one text of a value. ECMAScript's numbers and strings are JCS's by definition.
// `strict` adds what section 1 forbids in statements: exponents, wide integers, names beyond ASCII.
export function canonical(value, strict, level = 1) {
  if (value instanceof Object) {
    if (level > NESTING_MAX) fail("nested too deep");
    const inner = (one) => canonical(one, strict, level + 1);
    if (Array.isArray(value)) return `[${value.map(inner)}]`;
    const names = Object.keys(value).sort();
    if (strict && /[^\0-\x7f]/.test(names)) fail("a member's name is not ASCII");
    return `{${names.map((name) => inner(name) + ":" + inner(value[name]))}}`;
  }
  if (typeof value === "number" ? !isWritable(value, strict) : isTorn(value)) fail("what has no canonical form");
  return JSON.stringify(value);
}

const isWritable = (number, strict) =>
  Number.isFinite(number) && (!strict || (Math.abs(number) < 2 ** 53 && !/e/.test(number)));
