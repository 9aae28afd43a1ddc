// The form of a statement: section 1, without regard to who may say it.

import { attempt, digest, fail, isCount, isHash, isObject, isText, matching, own, refuseOthers, utf8 } from "./bytes.js";
import { canonical } from "./json.js";

export const OUT = "#out";
const PAYLOAD_BYTES_MAX = 32 * 1024;
const REQUIRED = ["v", "ledger", "key", "seq", "prev", "signed_at", "kind", "body", "subjects"];
const LISTS = ["inputs", "outputs"];
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
  refuseOthers(value, [...REQUIRED, ...LISTS, "sealed", "anchor"], "the statement");
  if (!REQUIRED.every((name) => own(value, name))) fail("a member of the statement is missing");
  const claim = { inputs: [], outputs: [], sealed: {}, ...value };
  checkMembers(claim, ledger);
  checkList(claim.subjects, isSubject);
  for (const name of LISTS) if (own(value, name)) checkList(value[name], isUri);
  checkSides(claim);
  return claim;
}

function checkMembers({ ledger, key, seq, prev, signed_at, kind, body, sealed, anchor }, expected) {
  const isLinked = seq === 0 ? prev === null : isHash(prev);
  const isWritten = ledger === expected && isHash(key) && isCount(seq) && isLinked && isTime(signed_at) && isText(kind) && isObject(body);
  if (!isWritten) fail("a member of the statement is not what section 1 says");
  if (!isObject(sealed) || !Object.values(sealed).every(isCommitment)) fail("sealed");
  if (anchor === undefined) return;
  if (!isObject(anchor) || Object.keys(anchor).join() !== "root,size" || !isCount(anchor.size)) fail("anchor");
  digest(anchor.root, "the anchor's root");
}

function checkList(list, isGood) {
  const rises = (uri, at) => isGood(uri) && (!at || list[at - 1] < uri);
  if (!Array.isArray(list) || !list.length || list.length > 200 || !list.every(rises)) fail("no list of 1 to 200 rising URIs");
}

function checkSides({ kind, inputs, outputs, subjects, body }) {
  if (kind !== "event" && inputs.length + outputs.length) fail("only an event has inputs or outputs");
  if (!outputs.every((uri) => subjects.includes(uri))) fail("an output is no subject");
  if (!inputs.every((uri) => subjects.includes(uri + OUT) && !outputs.includes(uri))) fail("an input is no subject, or also an output");
  if (kind !== "event") return;
  // The list rule: what the event names is listed beside its body.
  for (const [side, listed] of [["input", inputs], ["output", outputs]]) {
    for (const [name, uriOf] of [["EPCList", (one) => one], ["QuantityList", (one) => isObject(one) && own(one, "epcClass") && one.epcClass]]) {
      const named = own(body, side + name) ? body[side + name] : [];
      if (!Array.isArray(named) || !named.every((one) => listed.includes(uriOf(one)))) fail("the event names what is not listed");
    }
  }
}
