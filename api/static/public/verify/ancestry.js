// Checks `ancestry` and `opening` of section 7: each thing's making back to the first; the sealed values.

import { decode, each, entries, fail, matching, members, refuseOthers, sha256, stop, text, utf8 } from "./bytes.js";
import { KEY } from "./bodies.js";
import { canonical } from "./json.js";
import { isUnsure, saidOn } from "./standing.js";

const ANCESTORS_MAX = 1000;

export function checkAncestry(exam) {
  const { chains, policy, unread } = exam;
  const parents = gather(exam);
  exam.things = [...parents.keys()];
  for (const uri of exam.things) {
    if (!chains.has(uri)) fail("an ancestor is not shown");
    const isAbsent = uri === policy.asked && !chains.get(uri).length;
    // A statement that cannot be read may be the making.
    if (!isAbsent && !isUnsure(exam, uri) && !making(exam, uri)) fail("nothing shown makes a thing");
  }
  refuseCycles(parents);
  const needed = neededChains(exam);
  // What a statement of an unknown version needs, nobody here knows.
  for (const uri of chains.keys()) if (!needed.has(uri) && !unread.size) fail("nothing needs a subject that is shown");
}

// The first making on the chain: a later one is a conflict, and does not count.
export const making = (exam, uri) =>
  saidOn(exam, uri).find(({ kind, body, outputs }) => (kind === "site.register" ? body.site === uri : outputs.includes(uri)));

// The asked thing and its ancestors, each with the inputs of its making.
function gather(exam) {
  const parents = new Map([[exam.policy.asked, []]]);
  // What is added while it is walked is walked too.
  for (const uri of parents.keys()) {
    if (parents.size > ANCESTORS_MAX) stop("too many ancestors");
    const { inputs } = making(exam, uri) || { inputs: [] };
    parents.set(uri, inputs);
    for (const parent of inputs) if (!parents.has(parent)) parents.set(parent, []);
  }
  return parents;
}

// Take away, again and again, what has no parent left; what remains is a cycle.
function refuseCycles(parents) {
  const left = new Map(parents);
  for (let before = -1; left.size !== before; ) {
    before = left.size;
    for (const [uri, found] of left) if (!found.some((parent) => left.has(parent))) left.delete(uri);
  }
  if (left.size) fail("a thing came from itself");
}

// The least set of chains with the things, the ledger, and the signers of all its leaves.
function neededChains(exam) {
  const needed = new Set([...exam.things, exam.ledger]);
  for (const uri of needed) {
    for (const index of exam.chains.get(uri) || []) {
      const { kid } = exam.leaves.get(index);
      const { actor = uri } = exam.enrolled[kid] || {};
      needed.add(KEY + kid).add(actor);
    }
  }
  return needed;
}

const isSalt = matching(/^[\w-]{21}[AQgw]$/);

// Source: section 5.
export async function checkOpenings({ bundle, byId, unread }) {
  for (const value of entries(bundle.openings, "openings")) {
    const { statement, name, salt, value: told, ...others } = members(value, "an opening");
    refuseOthers(others, [], "an opening");
    const claim = byId[text(statement, "its statement")];
    text(name, "an opening's name");
    // Where an unknown version keeps its commitments, nobody here knows.
    if (!claim && !unread.size) fail("an opening of a statement that is not shown");
    if (told === undefined) fail("an opening without its value");
    await each(claim ? [claim] : [], async ({ ledger, key, seq, sealed }) => {
      if (!isSalt(salt)) fail("the salt is not 16 bytes");
      const found = await sha256(utf8(canonical([ledger, key, seq, name, salt, told])));
      if (!Object.keys(sealed).includes(name) || spelled(sealed[name]) !== found) fail("a value is not what was sealed");
    });
  }
}

// A commitment in hex; its one spelling was checked with the statement's form.
const spelled = (commitment) => decode(`${commitment.replace(/-/g, "+").replace(/_/g, "/")}=`);
