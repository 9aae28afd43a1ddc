// Check `standing` of section 7: whoever signed was entitled to, by the chains that are shown.
// Every chain is read first and every leaf judged after, each as of its index; nothing is found
// that a statement of an unknown version could overturn.

import { each, fail, stop } from "./bytes.js";
import { ACTOR, BODIES, checkBody, KEY, LEDGER } from "./bodies.js";
import { isOut } from "./claim.js";
import { mayAmend, readChange } from "./changes.js";
import { bundle, policy } from "./file.js";
import { checkpoint, verifiedWith } from "./note.js";
import { chains, depth, events, leaves } from "./places.js";

export let ledger;
// Roots in order, each with the index after which its word counts.
export let roots;
export let logKeys;

export async function checkStanding() {
  [ledger, roots, logKeys] = [LEDGER + checkpoint.origin, [], new Set()];
  if (chains[ledger]?.[0] !== 0) fail("the ledger's own chain from its genesis is not shown");
  if (leaves[0].kid !== policy.registrar) fail("the genesis is not the pinned registrar's", 0);
  if (!leaves[0].body) stop("the genesis is of an unknown version");
  await each(events, (leaf) => leaf.body && checkBody(leaf, ledger));
  readGenesis(leaves[0]);
  await each(saidOn(ledger).slice(1), (leaf) => readChange(leaf));
  if (![...verifiedWith].some((vkey) => logKeys.has(vkey)) && !isUnsure(ledger)) fail("no log key in force signed");
  await each(Object.keys(chains), readChain);
  await each(events, (leaf) => {
    checkKey(leaf);
    if (leaf.body) checkOffice(leaf);
  });
}

// What can be read of a chain; nothing of a chain that is not shown.
export const saidOn = (uri) => (chains[uri] || []).map((index) => leaves[index]).filter((leaf) => leaf.body);

// Whether a statement of the chain is of a version that cannot be read here.
export const isUnsure = (uri) => (chains[uri] || []).some((index) => !leaves[index].body);

// The statement of an id, where it is shown and can be read.
export const statementOf = (id) => events.find((leaf) => leaf.body && leaf.id === id);

export const firstOf = (uri, kind) => saidOn(uri).find((one) => one.kind === kind);
export const enrolmentOf = (kid) => firstOf(KEY + kid, "key.enrol");

export const wasRoot = (kid) => roots.some((root) => root.kid === kid);
// A rotation is still the old root's word.
const rootAt = (index) => roots.filter(({ since }) => since < index || !since).pop().kid;
export const isKeyUnsure = (kid) => isUnsure(KEY + kid) || isUnsure(ledger);

export function mayBeRegistrar({ key, index }) {
  const found = enrolmentOf(key);
  return (found?.index < index && found.body.roles.includes("registrar")) || key === rootAt(index) || isKeyUnsure(key);
}

function readGenesis({ kind, key, body }) {
  if (kind !== "genesis") fail("the ledger does not begin with a genesis", 0);
  const { origin, map_depth, registrar, log_keys } = body;
  if (origin !== checkpoint.origin || map_depth !== depth) fail("the genesis has another origin or depth", 0);
  if (registrar.kid !== key || registrar.alg !== bundle.keys[key].alg) fail("the genesis names another registrar", 0);
  roots.push({ since: 0, kid: key });
  log_keys.forEach((vkey) => logKeys.add(vkey));
}

// What begins a chain of section 6, and what stands on a root's.
function readChain(uri) {
  if (isOut(uri)) return;
  const isKey = uri.startsWith(KEY);
  const first = isKey ? "key.enrol" : uri.startsWith(ACTOR) && "actor.admit";
  return each(saidOn(uri), ({ kind }, at) => {
    if (isKey && wasRoot(uri.slice(KEY.length))) {
      if (kind !== "key.suspect" && kind !== "approve") fail("a root's chain holds suspicions and approvals alone");
    } else if (first && (kind === first) !== !at) {
      if (at || !isUnsure(uri)) fail("a chain does not begin with its registration, or is registered again");
    }
  });
}

// The signing key is the root of that index, or good for the leaf as section 6 says.
function checkKey({ kid, index }) {
  if (!chains[KEY + kid]) fail("the key's chain is not shown");
  if (kid === rootAt(index)) return;
  if (wasRoot(kid)) fail("the key is not the root of that index");
  const enrolment = enrolmentOf(kid);
  if (!(enrolment?.index < index)) {
    if (!isKeyUnsure(kid)) fail("the key was not enrolled before");
    return;
  }
  const { alg, actor } = enrolment.body;
  if (alg !== bundle.keys[kid].alg) fail("the key was enrolled for another algorithm");
  if (firstOf(KEY + kid, "key.retire")?.index < index) fail("the key was retired before");
  if (!chains[actor]) fail("the actor's chain is not shown");
  if (isUnsure(actor)) return; // the last word about the actor may be what cannot be read
  const last = saidOn(actor).filter((one) => one.index < index && one.kind.startsWith("actor.")).pop();
  if (!last || last.kind === "actor.suspend") fail("the actor was not admitted before, or was suspended");
}

// The column `signed by` of section 6.
function checkOffice(claim) {
  const { kind, key, body, index } = claim;
  const [, , office] = BODIES[kind] || [];
  if (office === "root") {
    if (key !== rootAt(index) && !isKeyUnsure(key)) fail("the kind is signed by the root alone");
  } else if (kind === "site.amend") {
    if (!mayAmend(claim)) fail("the site is another actor's to amend");
  } else if (kind === "approve") {
    checkApproval(claim);
  } else if (office || (kind === "key.retire" && body.kid !== key)) {
    if (!mayBeRegistrar(claim)) fail("the kind is signed by a registrar");
  }
}

function checkApproval({ key, body, subjects }) {
  const approver = enrolmentOf(key);
  if (!approver && !isKeyUnsure(key)) fail("an approval is signed by an enrolled key");
  const approved = statementOf(body.statement);
  if (!approved) return; // not shown: it stands on no chain that is, and the approval is not in force
  const stands = approved.subjects.filter((uri) => !isOut(uri));
  if (stands.join(" ") !== subjects.join(" ")) fail("the approval stands elsewhere than what it approves");
  if (approver && approver.body.holder === enrolmentOf(approved.key)?.body.holder) fail("nobody approves their own statements");
}
