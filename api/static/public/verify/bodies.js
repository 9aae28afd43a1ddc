// Bodies and chains of registry statements: columns `body` and `subjects` of section 6.

import { fail, isCount, isHash, isObject, isText, raw, sha256 } from "./bytes.js";
import { isOut, isUri, OUT } from "./claim.js";
import { loadKey } from "./keys.js";
import { parseVkey } from "./note.js";

export const LEDGER = "urn:daodi:ledger:";
export const KEY = "urn:daodi:key:";
export const ACTOR = "urn:daodi:actor:";
const isReserved = (uri) => /^urn:daodi:(ledger|key|actor):/.test(uri);

const all = (isOne) => (value) => Array.isArray(value) && value.every(isOne);
// An object has each member of `needed` and none but these and `optional`: names, a blank before each but the first.
const hasShape = (value, needed, optional = "") =>
  needed.split(" ").every((name) => (TYPES[name] || isText)(value[name])) &&
  (optional === "*" || Object.keys(value).every((name) => (needed + optional).split(" ").includes(name)));
const isVkeys = all((value) => isText(value) && parseVkey(value));
// A member has one meaning in every body; those that are not here are texts.
const TYPES = {
  map_depth: isCount,
  from_seq: isCount,
  kid: isHash,
  statement: isHash,
  roles: all(isText),
  registrar: (value) => isObject(value) && hasShape(value, NAMED_KEY),
  log_keys: isVkeys,
  add: isVkeys,
  remove: isVkeys,
  actor: (value) => isUri(value) && value.startsWith(ACTOR) && value !== ACTOR,
  site: (value) => isUri(value) && !isReserved(value),
};
const NAMED_KEY = "alg kid spki";
const JUDGED = ["actor reason", " legal_basis", "registrar"];
// What a body must have, what it may have besides, and who signs where that is all that matters.
export const BODIES = {
  __proto__: null,
  genesis: ["origin map_depth registrar log_keys", "", "root"],
  "log.key.rotate": ["add remove", "", "root"],
  "registrar.rotate": [NAMED_KEY, "", "root"],
  "actor.admit": ["actor name roles", " county licences valid_to", "registrar"],
  "actor.suspend": JUDGED,
  "actor.restore": JUDGED,
  "key.enrol": [`${NAMED_KEY} actor roles holder`, "", "registrar"],
  "key.retire": ["kid reason", ""],
  "key.suspect": ["kid from_seq reason", "", "registrar"],
  "site.register": ["site", "*"],
  "site.amend": ["site", "*"],
  approve: ["statement", ""],
};
export const isKnownKind = (kind) => kind === "event" || BODIES[kind];

// A statement has the body of its kind and stands on the chains of its kind.
export async function checkBody({ kind, body, subjects }, ledger) {
  if (!BODIES[kind]) {
    if (subjects.some((uri) => isReserved(uri) && !isOut(uri))) fail("the kind stands on a reserved chain");
    return;
  }
  const [needed, optional] = BODIES[kind];
  if (!hasShape(body, needed, optional)) fail("a member is missing, not what it must be, or unknown");
  const named = kind === "genesis" ? body.registrar : needed.startsWith(NAMED_KEY) && body;
  if (named) {
    const spki = raw(named.spki, "spki");
    if ((await sha256(spki)) !== named.kid) fail("spki does not give kid");
    await loadKey(named.alg, spki);
  }
  const { kid, actor, site } = body;
  const expected = kind === "key.enrol" ? `${actor + OUT} ${KEY + kid}` : kind.startsWith("key.") ? KEY + kid : site || actor || ledger;
  // An approval stands where the approved statement does.
  if (kind === "approve" ? subjects.some(isOut) : subjects.join(" ") !== expected) fail("the kind stands elsewhere than section 6 says");
}
