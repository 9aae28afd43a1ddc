// Checks `ancestry` and `opening` of section 7: each thing's making back to the first; the sealed values.

import { encode, entries, fail, Fails, members, own, sha256, Stops, text, utf8 } from "./bytes.js";
import { KEY, LEDGER } from "./bodies.js";
import { canonical } from "./json.js";
import { isUnsure, saidOn } from "./standing.js";

const ANCESTORS_MAX = 1000;

export function checkAncestry(exam) {
  const parents = gather(exam);
  exam.things = [...parents.keys()];
  for (const uri of exam.things) {
    if (!exam.chains.has(uri)) fail(`${uri} is not shown`);
    const absent = uri === exam.policy.asked && !exam.chains.get(uri).length;
    // A statement that cannot be read may be the making.
    if (!absent && !isUnsure(exam, uri) && !making(exam, uri)) fail(`nothing shown makes ${uri}`);
  }
  refuseCycles(parents);
  const needed = neededChains(exam);
  // What a statement of an unknown version needs, nobody here knows.
  for (const uri of exam.chains.keys()) if (!needed.has(uri) && !exam.unread.size) fail(`nothing needs ${uri}`);
}

function makes(claim, uri) {
  return claim.kind === "site.register" ? claim.body.site === uri : claim.outputs.includes(uri);
}

// The first making on the chain: a later one is a conflict, and does not count.
function making(exam, uri) {
  const found = saidOn(exam, uri).find(([, claim]) => makes(claim, uri));
  return found && found[1];
}

// The asked thing and its ancestors, each with the inputs of its making.
function gather(exam) {
  const parents = new Map();
  const waiting = [exam.policy.asked];
  for (const uri of waiting) {
    if (parents.has(uri)) continue;
    if (parents.size >= ANCESTORS_MAX) throw new Stops(`more than ${ANCESTORS_MAX} ancestors`);
    const made = making(exam, uri);
    parents.set(uri, made ? made.inputs : []);
    waiting.push(...parents.get(uri));
  }
  return parents;
}

// Take away, again and again, what has no parent left; what remains is a cycle.
function refuseCycles(parents) {
  const left = new Map([...parents].map(([uri, found]) => [uri, new Set(found)]));
  const children = new Map([...parents.keys()].map((uri) => [uri, []]));
  parents.forEach((found, uri) => found.forEach((parent) => children.get(parent).push(uri)));
  const free = [...left.keys()].filter((uri) => !left.get(uri).size);
  for (const uri of free) {
    left.delete(uri);
    for (const child of children.get(uri)) {
      left.get(child).delete(uri);
      if (!left.get(child).size) free.push(child);
    }
  }
  for (const uri of left.keys()) fail(`${uri} came from itself`);
}

// The least set of chains with the things, the ledger, and the signers of all its leaves.
function neededChains(exam) {
  const needed = new Set();
  const waiting = [...exam.things, LEDGER + exam.checkpoint.origin];
  for (const uri of waiting) {
    if (needed.has(uri)) continue;
    needed.add(uri);
    for (const index of exam.chains.get(uri) || []) waiting.push(...signers(exam, exam.leaves.get(index)));
  }
  return needed;
}

// The chains that say who signed a leaf: the key's and, when it is enrolled, its actor's.
export function signers(exam, leaf) {
  const enrolment = exam.enrolled && exam.enrolled.get(leaf.kid);
  return enrolment ? [KEY + leaf.kid, enrolment.actor] : [KEY + leaf.kid];
}

export async function checkOpenings(exam) {
  const claims = new Map([...exam.claims].map(([index, claim]) => [claim.id, { ...claim, index }]));
  for (const value of entries(exam.bundle.openings, "openings")) {
    const opening = members(value, "an opening");
    if (Object.keys(opening).sort().join() !== "name,salt,statement,value") fail("an opening has other members");
    const name = text(opening.name, "an opening's name");
    const claim = claims.get(text(opening.statement, "its statement"));
    // Where an unknown version keeps its commitments, nobody here knows.
    if (!claim && !exam.unread.size) fail("an opening of a statement that is not shown");
    if (claim) await checkOpening(opening, name, claim);
  }
}

// Source: section 5.
async function checkOpening({ salt, value }, name, claim) {
  if (typeof salt !== "string" || !/^[A-Za-z0-9_-]{21}[AQgw]$/.test(salt)) fail("the salt is not 16 bytes", claim.index);
  try {
    const sealed = canonical([claim.ledger, claim.key, claim.seq, name, salt, value]);
    const found = encode(await sha256(utf8(sealed))).replace(/\+/g, "-").replace(/\//g, "_").replace("=", "");
    if (!own(claim.sealed, name) || claim.sealed[name] !== found) fail(`${name} is not what was sealed`);
  } catch (error) {
    if (error instanceof Fails) error.leaf = claim.index;
    throw error;
  }
}
