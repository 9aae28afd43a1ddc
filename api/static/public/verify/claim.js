// The form of a statement: section 1, without regard to who may say it.

import { attempt, decode, fail, isCount, isHash, isObject, isText, matching, refuseOthers, utf8 } from "./bytes.js";
import { canonical } from "./json.js";

export const OUT = "#out";
const PAYLOAD_BYTES_MAX = 32 * 1024;
const TYPE = "application/vnd.daodi.statement.v1+json";
const CLOCK = "([01]\\d|2[0-3]):[0-5]\\d";
const isClock = matching(new RegExp(`^(?!0000)\\d{4}-\\d\\d-\\d\\dT${CLOCK}:[0-5]\\d[+-]${CLOCK}$`));
const isCommitment = matching(/^[\w-]{42}[AEIMQUYcgkosw048]$/);

const bytesIn = (text) => utf8(text).length / 2;
export const pae = (payload) => utf8(`DSSEv1 ${TYPE.length} ${TYPE} ${bytesIn(payload)} ${payload}`);
export const isOut = (uri) => uri.endsWith(OUT);

const isPlainUri = matching(/^(?![^:]*:\/\/[^/?]*[A-Z])[a-z][a-z0-9+.-]*:[!"$-~]*$/);
export const isUri = (uri) => isPlainUri(uri) && uri.length <= 256;
const isSubject = (uri) => isText(uri) && uri.length <= 256 && isUri(uri.replace(/#out$/, ""));
// Date rolls the 30th of February over; JSON writes no time at all as null.
const isTime = (written) => isClock(written) && JSON.stringify(new Date(written.slice(0, 10))).includes(written.slice(0, 10));

// The claim of a payload; null for a version that is not known here. `inputs` and `outputs` are always there.
export function parseClaim(payload, ledger) {
  const value = attempt(() => JSON.parse(payload));
  if (bytesIn(payload) > PAYLOAD_BYTES_MAX || canonical(value, true) !== payload) fail("the statement is not canonical");
  if (!isObject(value) || !Number.isInteger(value.v)) fail("the statement has no version");
  if (value.v !== 1) return null;
  refuseOthers(value, Object.keys(MEMBERS), "the statement");
  if (!Object.entries(MEMBERS).every(([name, isGood]) => isGood(value[name], value, ledger))) fail("a member is missing, or not what it must be");
  const claim = { inputs: [], outputs: [], sealed: {}, ...value };
  checkSides(claim);
  return claim;
}

const isList = (isGood) => (list) =>
  Array.isArray(list) && list.length > 0 && list.length <= 200 && list.every((uri, at) => isGood(uri) && (!at || list[at - 1] < uri));

const optional = (isGood) => (value) => value === undefined || isGood(value);

const MEMBERS = {
  v: isCount,
  ledger: (value, claim, expected) => value === expected,
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

function checkSides({ kind, inputs, outputs, subjects, body }) {
  if (kind !== "event" && inputs.length + outputs.length) fail("only an event has inputs or outputs");
  if (!outputs.every((uri) => subjects.includes(uri))) fail("an output is no subject");
  if (!inputs.every((uri) => subjects.includes(uri + OUT) && !outputs.includes(uri))) fail("an input is no subject, or also an output");
  if (kind !== "event") return;
  // The list rule: what the event names is listed beside its body.
  for (const [side, listed] of [["input", inputs], ["output", outputs]]) {
    for (const [name, uriOf] of [["EPCList", (one) => one], ["QuantityList", (one) => one?.epcClass]]) {
      const { [side + name]: named = [] } = body;
      if (!Array.isArray(named) || !named.every((one) => listed.includes(uriOf(one)))) fail("the event names what is not listed");
    }
  }
}
