// The form of a statement: section 1, without regard to who may say it.

import { attempt, decode, entries, fail, isCount, isHash, isObject, isText, matching, utf8 } from "./bytes.js";
import { canonical } from "./json.js";
import { checkpoint } from "./note.js";

export const OUT = "#out";
const PAYLOAD_BYTES_MAX = 32 * 1024;
const TYPE = "application/vnd.daodi.statement.v1+json"; // of 39 bytes
const isClock = matching(/^(?!0000)[\d-]{10}T[\d:]{8}[+-]([01]\d|2[0-3]):[0-5]\d$/);
const isCommitment = matching(/^[\w-]{42}[AEIMQUYcgkosw048]$/);

const bytesIn = (text) => utf8(text).length / 2;
export const pae = (payload) => utf8(`DSSEv1 39 ${TYPE} ${bytesIn(payload)} ${payload}`);
export const isOut = (uri) => uri.endsWith(OUT);

const isSubject = matching(/^(?!.{257})(?![^:]*:\/\/[^/?]*[A-Z])[a-z][a-z0-9+.-]*:[!"$-~]*(#out)?$/);
export const isUri = (uri) => isSubject(uri) && !isOut(uri);
// Date rolls the 30th of February and the 24th hour over; JSON writes no time at all as null.
const isTime = (written) => isClock(written) && JSON.stringify(new Date(`${written.slice(0, 19)}Z`)).includes(written.slice(0, 19));

// The claim of a payload; null for a version that is not known here. `inputs` and `outputs` are always there.
export function parseClaim(payload) {
  const value = attempt(() => JSON.parse(payload));
  if (bytesIn(payload) > PAYLOAD_BYTES_MAX || canonical(value, true) !== payload) fail("the statement is not canonical");
  if (!isObject(value) || !Number.isInteger(value.v)) fail("the statement has no version");
  if (value.v !== 1) return null;
  if (!Object.keys(value).every((name) => MEMBERS[name])) fail("the statement has another member");
  for (const name in MEMBERS) if (!MEMBERS[name](value[name], value)) fail("a member is missing, or not what it must be");
  return withSides({ inputs: [], outputs: [], sealed: {}, ...value });
}

const isList = (isGood) => (list) =>
  Array.isArray(list) && list.length > 0 && list.length <= 200 && list.every((uri, at) => isGood(uri) && (!at || list[at - 1] < uri));

const optional = (isGood) => (value) => value === undefined || isGood(value);

const MEMBERS = {
  __proto__: null,
  v: isCount,
  ledger: (value) => value === checkpoint.origin,
  key: isHash,
  seq: isCount,
  prev: (value, { seq }) => (seq === 0 ? value === null : isHash(value)),
  signed_at: isTime,
  kind: isText,
  body: isObject,
  subjects: isList(isSubject),
  inputs: optional(isList(isUri)),
  outputs: optional(isList(isUri)),
  sealed: optional((value) => isObject(value) && Object.values(value).every(isCommitment)),
  anchor: optional((value) => isObject(value) && Object.keys(value).join() === "root,size" && isCount(value.size) && isHash(decode(value.root))),
};

function withSides(claim) {
  const { kind, inputs, outputs, subjects, body } = claim;
  if (kind !== "event" && inputs.length + outputs.length) fail("only an event has inputs or outputs");
  if (!outputs.every((uri) => subjects.includes(uri))) fail("an output is no subject");
  if (!inputs.every((uri) => subjects.includes(uri + OUT) && !outputs.includes(uri))) fail("an input is no subject, or also an output");
  // The list rule: what the event names is listed beside its body.
  const checkListed = (listed, named = [], weighed = []) => {
    const uris = entries(named, "a list").concat(entries(weighed, "a list").map((one) => one?.epcClass));
    if (!uris.every((uri) => listed.includes(uri))) fail("the event names what is not listed");
  };
  if (kind === "event") {
    checkListed(inputs, body.inputEPCList, body.inputQuantityList);
    checkListed(outputs, body.outputEPCList, body.outputQuantityList);
  }
  return claim;
}
