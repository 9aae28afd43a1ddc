// The form of a statement: section 1, without regard to who may say it.

import { digest, fail, isCount, isHash, isObject, own, utf8 } from "./bytes.js";
import { canonical } from "./json.js";

export const OUT = "#out";
const PAYLOAD_BYTES_MAX = 32 * 1024;
const REQUIRED = ["v", "ledger", "key", "seq", "prev", "signed_at", "kind", "body", "subjects"];
const MEMBERS = [...REQUIRED, "inputs", "outputs", "sealed", "anchor"];
const TYPE = "application/vnd.daodi.statement.v1+json";
const CLOCK = "(?:[01]\\d|2[0-3]):[0-5]\\d";
const TIME = new RegExp(`^(\\d{4})-(\\d\\d)-(\\d\\d)T${CLOCK}:[0-5]\\d[+-]${CLOCK}$`);

export const pae = (payload) => utf8(`DSSEv1 ${TYPE.length} ${TYPE} ${utf8(payload).length} ${payload}`);
export const isOut = (uri) => uri.endsWith(OUT);
export const strip = (uri) => (isOut(uri) ? uri.slice(0, -OUT.length) : uri);

export function isUri(uri) {
  return uri.length <= 256 && /^[a-z][a-z0-9+.-]*:[!"$-~]*$/.test(uri) && !/^[^:]*:\/\/[^/?]*[A-Z]/.test(uri);
}

const isSubject = (uri) => uri.length <= 256 && isUri(strip(uri));

// The claim of a payload; null for a version that is not known here. `inputs` and `outputs` are always there.
export function parseClaim(payload, ledger) {
  let value;
  try {
    value = JSON.parse(payload);
  } catch (error) {
    fail("the statement is not JSON");
  }
  if (utf8(payload).length > PAYLOAD_BYTES_MAX || canonical(value, true) !== payload) fail("the statement is not canonical");
  if (!isObject(value) || !Number.isInteger(value.v)) fail("the statement has no version");
  if (value.v !== 1) return null;
  const names = Object.keys(value);
  if (!REQUIRED.every((name) => own(value, name)) || !names.every((name) => MEMBERS.includes(name))) fail("the statement has other members");
  checkMembers(value, ledger);
  const claim = { inputs: [], outputs: [], sealed: {}, ...value };
  checkLists(claim, names);
  return claim;
}

function checkMembers(value, ledger) {
  const { seq, prev, anchor, sealed } = value;
  if (value.ledger !== ledger) fail("written for another ledger");
  if (!isHash(value.key) || typeof value.kind !== "string" || !isObject(value.body)) fail("key, kind or body");
  if (!isCount(seq) || (seq === 0) !== (prev === null) || !(prev === null || isHash(prev))) fail("seq or prev");
  if (typeof value.signed_at !== "string" || !isTime(value.signed_at)) fail("signed_at is no time");
  if (sealed !== undefined && !(isObject(sealed) && Object.values(sealed).every(isCommitment))) fail("sealed");
  if (anchor !== undefined) {
    if (!isObject(anchor) || Object.keys(anchor).join() !== "root,size" || !isCount(anchor.size)) fail("anchor");
    digest(anchor.root, "the anchor's root");
  }
}

const isCommitment = (value) => typeof value === "string" && /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(value);

function isTime(written) {
  const [year, month, day] = (TIME.exec(written) || [0, 0, 0, 0]).slice(1).map(Number);
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  return year > 0 && day > 0 && day <= days;
}

function checkLists(claim, names) {
  const { inputs, outputs, subjects, body } = claim;
  checkList(subjects, isSubject);
  if (names.includes("inputs")) checkList(inputs, isUri);
  if (names.includes("outputs")) checkList(outputs, isUri);
  if (claim.kind !== "event") {
    if (inputs.length || outputs.length) fail("only an event has inputs or outputs");
    return;
  }
  if (!outputs.every((uri) => subjects.includes(uri))) fail("an output is no subject");
  if (!inputs.every((uri) => subjects.includes(uri + OUT) && !outputs.includes(uri))) fail("an input is no subject, or also an output");
  for (const [side, listed] of [["input", inputs], ["output", outputs]]) {
    checkListed(body, `${side}EPCList`, listed, (one) => one);
    checkListed(body, `${side}QuantityList`, listed, (one) => isObject(one) && own(one, "epcClass") && one.epcClass);
  }
}

function checkList(list, isGood) {
  if (!Array.isArray(list) || !list.length || list.length > 200) fail("a list of 1 to 200 URIs");
  if (!list.every((uri, at) => typeof uri === "string" && isGood(uri) && (!at || list[at - 1] < uri))) fail("the list's URIs do not rise");
}

// The list rule: what the event names is listed beside its body.
function checkListed(body, name, listed, uriOf) {
  if (!own(body, name)) return;
  if (!Array.isArray(body[name]) || !body[name].every((one) => listed.includes(uriOf(one)))) fail(`${name} names what is not listed`);
}

