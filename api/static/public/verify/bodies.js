// Bodies and chains of registry statements: columns `body` and `subjects` of section 6.

import { decode, fail, hex, isCount, isHash, isObject, own, sha256 } from "./bytes.js";
import { isOut, isUri, OUT } from "./claim.js";
import { loadKey } from "./keys.js";
import { parseVkey } from "./note.js";

export const LEDGER = "urn:daodi:ledger:";
export const KEY = "urn:daodi:key:";
export const ACTOR = "urn:daodi:actor:";
export const isReserved = (uri) => [LEDGER, KEY, ACTOR].some((start) => uri.startsWith(start));

const isText = (value) => typeof value === "string";
const isTexts = (value) => Array.isArray(value) && value.every(isText);
const isVkeys = (value) => isTexts(value) && value.every(parseVkey);
const isActor = (value) => isText(value) && value.startsWith(ACTOR) && value !== ACTOR && isUri(value);
const isSite = (value) => isText(value) && isUri(value) && !isReserved(value);
const NAMED_KEY = { alg: isText, kid: isHash, spki: isText };
const JUDGED = { actor: isActor, reason: isText };

const BODIES = {
  genesis: { origin: isText, map_depth: isCount, registrar: isObject, log_keys: isVkeys },
  "log.key.rotate": { add: isVkeys, remove: isVkeys },
  "registrar.rotate": NAMED_KEY,
  "actor.admit": { actor: isActor, name: isText, roles: isTexts },
  "actor.suspend": JUDGED,
  "actor.restore": JUDGED,
  "key.enrol": { ...NAMED_KEY, actor: isActor, roles: isTexts, holder: isText },
  "key.retire": { kid: isHash, reason: isText },
  "key.suspect": { kid: isHash, from_seq: isCount, reason: isText },
  "site.register": { site: isSite },
  "site.amend": { site: isSite },
  approve: { statement: isHash },
};
const OPTIONAL = {
  "actor.admit": ["county", "licences", "valid_to"],
  "actor.suspend": ["legal_basis"],
  "actor.restore": ["legal_basis"],
};
export const REGISTRY = Object.keys(BODIES);
export const KINDS = ["event", ...REGISTRY];

// A statement has the body of its kind and stands on the chains of its kind.
export async function checkBody({ kind, body, subjects }, ledger, leaf) {
  if (!REGISTRY.includes(kind)) {
    if (subjects.some((uri) => isReserved(uri) && !isOut(uri))) fail(`${kind} stands on a reserved chain`, leaf);
    return;
  }
  const allowed = kind.startsWith("site.") ? null : OPTIONAL[kind] || [];
  checkShape(body, BODIES[kind], allowed, leaf);
  if (BODIES[kind].spki) await checkNamedKey(body, leaf);
  if (kind === "genesis") {
    checkShape(body.registrar, NAMED_KEY, [], leaf);
    await checkNamedKey(body.registrar, leaf);
  }
  const expected = subjectsOf(kind, body, ledger);
  const right = expected ? subjects.join(" ") === expected.join(" ") : !subjects.some(isOut);
  if (!right) fail(`${kind} stands elsewhere than section 6 says`, leaf);
}

function checkShape(body, shape, optional, leaf) {
  for (const name of Object.keys(shape)) if (!own(body, name) || !shape[name](body[name])) fail(`${name} is not what the body needs`, leaf);
  const known = (name) => own(shape, name) || optional.includes(name);
  if (optional && !Object.keys(body).every(known)) fail("the body has another member", leaf);
}

async function checkNamedKey({ alg, kid, spki }, leaf) {
  const bytes = decode(spki);
  if (!bytes || hex(await sha256(bytes)) !== kid) fail("spki does not give kid", leaf);
  try {
    await loadKey(alg, bytes);
  } catch (error) {
    fail(error.message, leaf);
  }
}

// null for an approval, which stands where the approved statement does.
function subjectsOf(kind, body, ledger) {
  if (kind === "approve") return null;
  if (kind === "key.enrol") return [KEY + body.kid, body.actor + OUT].sort();
  if (kind.startsWith("key.")) return [KEY + body.kid];
  return [body.actor || body.site || ledger];
}
