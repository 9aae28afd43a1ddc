// Check `standing` of section 7: whoever signed was entitled to, by the chains that are shown.
// Every chain is read first and every leaf judged after, each as of its index; nothing is found
// that a statement of an unknown version could overturn.

import { each, fail, stop } from "./bytes.js";
import { ACTOR, BODIES, checkBody, KEY, LEDGER } from "./bodies.js";
import { isOut } from "./claim.js";

export async function checkStanding(exam) {
  const ledger = LEDGER + exam.checkpoint.origin;
  const said = [...exam.claims.values()];
  Object.assign(exam, { ledger, roots: [], logKeys: new Set(), enrolled: {}, retired: {}, sites: {}, byId: { __proto__: null } });
  for (const claim of said) exam.byId[claim.id] = claim;
  await checkGenesis(exam);
  await each(said, (claim) => checkBody(claim, ledger));
  await readLedger(exam);
  if (![...exam.verifiedWith].some((vkey) => exam.logKeys.has(vkey)) && !isUnsure(exam, ledger)) fail("no log key in force signed");
  await each(exam.chains.keys(), (uri) => readChain(exam, uri));
  await each(exam.events, (leaf) => {
    checkKey(exam, leaf);
    if (exam.claims.has(leaf.index)) checkOffice(exam, exam.claims.get(leaf.index));
  });
}

// What can be read of a chain; nothing of a chain that is not shown.
export const saidOn = ({ chains, claims }, uri) => (chains.get(uri) || []).map((index) => claims.get(index)).filter(Boolean);

// Whether a statement of the chain is of a version that cannot be read here.
export const isUnsure = ({ chains, unread }, uri) => (chains.get(uri) || []).some((index) => unread.has(index));

const wasRoot = ({ roots }, kid) => roots.some((root) => root.kid === kid);
// A rotation is still the old root's word.
const rootAt = ({ roots }, index) => roots.filter(({ since }) => since < index || !since).pop().kid;
const isKeyUnsure = (exam, kid) => isUnsure(exam, KEY + kid) || isUnsure(exam, exam.ledger);

function mayBeRegistrar(exam, { key, index }) {
  const found = exam.enrolled[key];
  return (found?.since < index && found.roles.includes("registrar")) || key === rootAt(exam, index) || isKeyUnsure(exam, key);
}

async function checkGenesis({ chains, leaves, claims, policy, checkpoint, depth, algorithms, ledger }) {
  if ((chains.get(ledger) || [])[0] !== 0) fail("the ledger's own chain from its genesis is not shown");
  const genesis = claims.get(0);
  if (leaves.get(0).kid !== policy.registrar) fail("the genesis is not the pinned registrar's", 0);
  if (!genesis) stop("the genesis is of an unknown version");
  if (genesis.kind !== "genesis") fail("the ledger does not begin with a genesis", 0);
  await each([genesis], () => checkBody(genesis, ledger));
  const { origin, map_depth, registrar } = genesis.body;
  if (origin !== checkpoint.origin || map_depth !== depth) fail("the genesis has another origin or depth", 0);
  if (registrar.kid !== genesis.key || registrar.alg !== algorithms.get(genesis.key)) fail("the genesis names another registrar", 0);
}

function readLedger(exam) {
  const { roots, logKeys, algorithms } = exam;
  return each(saidOn(exam, exam.ledger), ({ index, kind, body }) => {
    if (kind === "genesis") {
      if (index) fail("a second genesis");
      roots.push({ since: 0, kid: body.registrar.kid });
    } else if (kind === "registrar.rotate") {
      if (wasRoot(exam, body.kid)) fail("the next root was root before");
      if ((algorithms.get(body.kid) || body.alg) !== body.alg) fail("the next root signs with another algorithm");
      roots.push({ since: index, kid: body.kid });
    }
    (body.log_keys || body.add || []).forEach((vkey) => logKeys.add(vkey));
    (body.remove || []).forEach((vkey) => logKeys.delete(vkey));
  });
}

// What begins a chain of section 6, and what it says of its key or site.
function readChain(exam, uri) {
  const { enrolled, retired, sites } = exam;
  const isOwn = !isOut(uri);
  const isRoot = wasRoot(exam, uri.slice(KEY.length)) && uri.startsWith(KEY);
  const first = isRoot ? "" : uri.startsWith(ACTOR) ? "actor.admit" : uri.startsWith(KEY) ? "key.enrol" : "";
  return each(saidOn(exam, uri), ({ index, kind, key, body }, at) => {
    if (isOwn && isRoot && kind !== "key.suspect" && kind !== "approve") fail("a root's chain holds suspicions and approvals alone");
    if (isOwn && first && !at && kind !== first && !isUnsure(exam, uri)) fail("a chain does not begin with its registration");
    if (isOwn && at && kind === first) fail("registered again, or not first of all");
    if (first === "key.enrol" && kind === first) enrolled[body.kid] = { since: index, ...body };
    if (kind === "key.retire") retired[body.kid] ??= index;
    if (kind === "site.register") sites[uri] ??= { since: index, kid: key };
  });
}

// The signing key is the root of that index, or good for the leaf as section 6 says.
function checkKey(exam, { kid, index }) {
  if (!exam.chains.has(KEY + kid)) fail("the key's chain is not shown");
  if (kid === rootAt(exam, index)) return;
  if (wasRoot(exam, kid)) fail("the key is not the root of that index");
  const { since, alg, actor } = exam.enrolled[kid] || {};
  if (!(since < index)) {
    if (!isKeyUnsure(exam, kid)) fail("the key was not enrolled before");
    return;
  }
  if (alg !== exam.algorithms.get(kid)) fail("the key was enrolled for another algorithm");
  if (exam.retired[kid] < index) fail("the key was retired before");
  if (!exam.chains.has(actor)) fail("the actor's chain is not shown");
  if (isUnsure(exam, actor)) return; // the last word about the actor may be what cannot be read
  const last = saidOn(exam, actor).filter((claim) => claim.index < index && claim.kind.startsWith("actor.")).pop();
  if (!last || last.kind === "actor.suspend") fail("the actor was not admitted before, or was suspended");
}

// The column `signed by` of section 6.
function checkOffice(exam, claim) {
  const { kind, key, body, index } = claim;
  const [, , office] = BODIES[kind] || [];
  if (office === "root") {
    if (key !== rootAt(exam, index) && !isKeyUnsure(exam, key)) fail("the kind is signed by the root alone");
  } else if (kind === "site.amend") {
    if (!mayAmend(exam, claim)) fail("the site is another actor's to amend");
  } else if (kind === "approve") {
    checkApproval(exam, claim);
  } else if (office || (kind === "key.retire" && body.kid !== key)) {
    if (!mayBeRegistrar(exam, claim)) fail("the kind is signed by a registrar");
  }
}

function mayAmend(exam, claim) {
  const { index, key, body } = claim;
  const { enrolled, sites } = exam;
  const site = sites[body.site] || { since: index, kid: key };
  const owner = site.since < index && enrolled[site.kid];
  const isOwners = owner && owner.actor === enrolled[key]?.actor;
  return isOwners || isUnsure(exam, body.site) || isKeyUnsure(exam, site.kid) || mayBeRegistrar(exam, claim);
}

function checkApproval(exam, { key, body, subjects }) {
  const approver = exam.enrolled[key];
  if (!approver && !isKeyUnsure(exam, key)) fail("an approval is signed by an enrolled key");
  const approved = exam.byId[body.statement];
  if (!approved) return; // not shown: it stands on no chain that is, and the approval is not in force
  const stands = approved.subjects.filter((uri) => !isOut(uri));
  if (stands.join(" ") !== subjects.join(" ")) fail("the approval stands elsewhere than what it approves");
  const author = exam.enrolled[approved.key];
  if (approver && approver.holder === author?.holder) fail("nobody approves their own statements");
}
