// The one byte string of a JSON value: RFC 8785 (JCS), as far as format v1 goes.

const encoder = new TextEncoder();
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?:[^\uD800-\uDBFF]|^)[\uDC00-\uDFFF]/;

// The text of a value. ECMAScript's own numbers and strings are JCS's by definition; what is ours
// is the order of members (by UTF-16 code unit, as sort() has it) and what is refused.
export function canonicalText(value) {
  if (typeof value === "string") {
    if (LONE_SURROGATE.test(value)) throw new TypeError("a string holds a lone surrogate");
    return JSON.stringify(value);
  }
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError("a number is beyond what JSON can say");
    return JSON.stringify(value);
  }
  if (value === null || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return "[" + value.map(canonicalText).join(",") + "]";
  if (typeof value === "object") {
    const members = Object.keys(value).sort();
    return "{" + members.map((name) => canonicalText(name) + ":" + canonicalText(value[name])).join(",") + "}";
  }
  throw new TypeError(`${typeof value} is no JSON value`);
}

export function canonicalBytes(value) {
  return encoder.encode(canonicalText(value));
}
