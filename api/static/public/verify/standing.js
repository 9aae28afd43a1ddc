// Check `standing` of section 7: whoever signed was entitled to, by the chains that are shown.
// Every chain is read first and every leaf judged after, each as of its index; nothing is found
// that a statement of an unknown version could overturn.

import { each, fail, Stops } from "./bytes.js";
import { ACTOR, checkBody, KEY, LEDGER } from "./bodies.js";
import { isOut } from "./claim.js";

const OF_THE_ROOT = ["genesis", "log.key.rotate", "registrar.rotate"];
const ON_A_ROOTS_CHAIN = ["key.suspect", "approve"];
const ACTOR_KINDS = ["actor.admit", "actor.suspend", "actor.restore"];
const BY_A_REGISTRAR = [...ACTOR_KINDS, "key.enrol", "key.suspect"];

export async function checkStanding(exam) {
  const ledger = LEDGER + exam.checkpoint.origin;
  const roll = { exam, ledger, roots: [], logKeys: new Set(), retired: new Map(), sites: new Map() };
  exam.enrolled = roll.enrolled = new Map();
  roll.byId = new Map([...exam.claims.values()].map((claim) => [claim.id, claim]));
  checkFounder(roll);
  await checkBody(exam.claims.get(0), ledger, 0);
  checkGenesis(roll);
  await each([...exam.claims], ([index, claim]) => checkBody(claim, ledger, index));
  readLedger(roll);
  if (![...exam.verifiedWith].some((vkey) => roll.logKeys.has(vkey)) && !isUnsure(exam, ledger)) fail("no log key in force signed");
  for (const uri of exam.chains.keys()) readChain(roll, uri);
  for (const leaf of exam.events) {
    checkKey(roll, leaf);
    if (exam.claims.has(leaf.index)) checkOffice(roll, leaf.index, exam.claims.get(leaf.index));
  }
}

// What can be read of a chain: [index, claim]; nothing of a chain that is not shown.
export function saidOn(exam, uri) {
  const chain = exam.chains.get(uri) || [];
  return chain.filter((index) => exam.claims.has(index)).map((index) => [index, exam.claims.get(index)]);
}

// Whether a statement of the chain is of a version that cannot be read here.
export const isUnsure = (exam, uri) => (exam.chains.get(uri) || []).some((index) => exam.unread.has(index));

const wasRoot = (roll, kid) => roll.roots.some(([, root]) => root === kid);
// A rotation is still the old root's word.
const rootAt = (roll, index) => roll.roots.filter(([since]) => since < index || since === 0).pop()[1];
const keyUnsure = (roll, kid) => isUnsure(roll.exam, KEY + kid) || isUnsure(roll.exam, roll.ledger);

function mayBeRegistrar(roll, kid, index) {
  const found = roll.enrolled.get(kid);
  const enrolled = found && found.since < index && found.roles.includes("registrar");
  return enrolled || kid === rootAt(roll, index) || keyUnsure(roll, kid);
}

function checkFounder({ exam, ledger }) {
  const [first] = exam.chains.get(ledger) || [];
  if (first !== 0) fail("the ledger's own chain from its genesis is not shown");
  if (exam.leaves.get(0).kid !== exam.policy.registrar) fail("the genesis is not the pinned registrar's", 0);
  const genesis = exam.claims.get(0);
  if (!genesis) throw new Stops("the genesis is of an unknown version");
  if (genesis.kind !== "genesis") fail("the ledger does not begin with a genesis", 0);
}

function checkGenesis({ exam }) {
  const { key, body } = exam.claims.get(0);
  if (body.origin !== exam.checkpoint.origin || body.map_depth !== exam.depth) fail("the genesis has another origin or depth", 0);
  if (body.registrar.kid !== key || body.registrar.alg !== exam.algorithms.get(key)) fail("the genesis names another registrar", 0);
}

function readLedger(roll) {
  for (const [index, { kind, body }] of saidOn(roll.exam, roll.ledger)) {
    if (kind === "genesis") {
      if (index) fail("a second genesis", index);
      roll.roots.push([0, body.registrar.kid]);
      body.log_keys.forEach((vkey) => roll.logKeys.add(vkey));
    } else if (kind === "log.key.rotate") {
      body.add.forEach((vkey) => roll.logKeys.add(vkey));
      body.remove.forEach((vkey) => roll.logKeys.delete(vkey));
    } else if (kind === "registrar.rotate") {
      if (wasRoot(roll, body.kid)) fail("the next root was root before", index);
      const alg = roll.exam.algorithms.get(body.kid);
      if (alg !== undefined && alg !== body.alg) fail("the next root signs with another algorithm", index);
      roll.roots.push([index, body.kid]);
    }
  }
}

// What begins a chain of section 6, and what it says of its key or site.
function readChain(roll, uri) {
  if (uri.startsWith(ACTOR) && !isOut(uri)) {
    checkFirst(roll, uri, "actor.admit");
  } else if (uri.startsWith(KEY) && !isOut(uri)) {
    readKeyChain(roll, uri, uri.slice(KEY.length));
  } else {
    for (const [index, claim] of saidOn(roll.exam, uri)) {
      if (claim.kind === "site.register" && !roll.sites.has(uri)) roll.sites.set(uri, { since: index, kid: claim.key });
    }
  }
}

function readKeyChain(roll, uri, kid) {
  const said = saidOn(roll.exam, uri);
  if (wasRoot(roll, kid)) {
    for (const [index, { kind }] of said) if (!ON_A_ROOTS_CHAIN.includes(kind)) fail("a root's chain holds suspicions and approvals alone", index);
    return;
  }
  checkFirst(roll, uri, "key.enrol");
  for (const [index, { kind, body }] of said) {
    if (kind === "key.enrol") roll.enrolled.set(kid, { since: index, ...body });
    if (kind === "key.retire" && !roll.retired.has(kid)) roll.retired.set(kid, index);
  }
}

function checkFirst({ exam }, uri, first) {
  saidOn(exam, uri).forEach(([index, { kind }], at) => {
    if (at === 0 && kind !== first && !isUnsure(exam, uri)) fail(`${uri} does not begin with its registration`, index);
    if (at > 0 && kind === first) fail(`${uri} is registered again, or not first of all`, index);
  });
}

// The signing key is the root of that index, or good for the leaf as section 6 says.
function checkKey(roll, { kid, index }) {
  const { exam } = roll;
  if (!exam.chains.has(KEY + kid)) fail("the key's chain is not shown", index);
  if (kid === rootAt(roll, index)) return;
  if (wasRoot(roll, kid)) fail("the key is not the root of that index", index);
  const enrolment = roll.enrolled.get(kid);
  if (!enrolment || enrolment.since >= index) {
    if (!keyUnsure(roll, kid)) fail("the key was not enrolled before", index);
    return;
  }
  if (enrolment.alg !== exam.algorithms.get(kid)) fail("the key was enrolled for another algorithm", index);
  if (roll.retired.has(kid) && roll.retired.get(kid) < index) fail("the key was retired before", index);
  checkActor(exam, enrolment.actor, index);
}

function checkActor(exam, actor, index) {
  if (!exam.chains.has(actor)) fail("the actor's chain is not shown", index);
  if (isUnsure(exam, actor)) return; // the last word about the actor may be what cannot be read
  const kinds = saidOn(exam, actor).filter(([at, { kind }]) => at < index && ACTOR_KINDS.includes(kind));
  if (!kinds.length) fail("the actor was not admitted before", index);
  if (kinds.pop()[1].kind === "actor.suspend") fail("the actor was suspended", index);
}

// The column `signed by` of section 6.
function checkOffice(roll, index, claim) {
  const { kind, key, body } = claim;
  if (OF_THE_ROOT.includes(kind)) {
    if (key !== rootAt(roll, index) && !keyUnsure(roll, key)) fail(`${kind} is signed by the root alone`, index);
  } else if (kind === "site.amend") {
    if (!mayAmend(roll, index, claim)) fail("the site is another actor's to amend", index);
  } else if (kind === "approve") {
    checkApproval(roll, index, claim);
  } else if (BY_A_REGISTRAR.includes(kind) || (kind === "key.retire" && body.kid !== key)) {
    if (!mayBeRegistrar(roll, key, index)) fail(`${kind} is signed by a registrar`, index);
  }
}

function mayAmend(roll, index, { key, body }) {
  const site = roll.sites.get(body.site) || { since: index, kid: key };
  const owner = site.since < index && roll.enrolled.get(site.kid);
  const amender = roll.enrolled.get(key);
  if (owner && amender && owner.actor === amender.actor) return true;
  return isUnsure(roll.exam, body.site) || keyUnsure(roll, site.kid) || mayBeRegistrar(roll, key, index);
}

function checkApproval(roll, index, claim) {
  const approver = roll.enrolled.get(claim.key);
  if (!approver && !keyUnsure(roll, claim.key)) fail("an approval is signed by an enrolled key", index);
  const approved = roll.byId.get(claim.body.statement);
  if (!approved) return; // not shown: it stands on no chain that is, and the approval is not in force
  const stands = approved.subjects.filter((uri) => !isOut(uri));
  if (stands.join(" ") !== claim.subjects.join(" ")) fail("the approval stands elsewhere than what it approves", index);
  const author = roll.enrolled.get(approved.key);
  if (approver && author && approver.holder === author.holder) fail("nobody approves their own statements", index);
}
