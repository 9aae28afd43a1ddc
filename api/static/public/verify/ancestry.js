// Check `ancestry` of section 7: each thing's making back to the first.

import { fail, stop } from "./bytes.js";
import { KEY } from "./bodies.js";
import { policy } from "./file.js";
import { chains, events, leaves } from "./places.js";
import { enrolmentOf, isUnsure, ledger, saidOn } from "./standing.js";

const ANCESTORS_MAX = 1000;

// The asked thing and all its ancestors.
export let things;

export function checkAncestry() {
  const parents = gather();
  things = [...parents.keys()];
  for (const uri of things) {
    if (!chains[uri]) fail("an ancestor is not shown");
    const isAbsent = uri === policy.asked && !chains[uri].length;
    // A statement that cannot be read may be the making.
    if (!isAbsent && !isUnsure(uri) && making(uri) === NOTHING) fail("nothing shown makes a thing");
  }
  refuseCycles(parents);
  const needed = neededChains();
  if (!isAnyUnread() && !Object.keys(chains).every((uri) => needed.has(uri))) fail("nothing needs a subject that is shown");
}

// What a statement of an unknown version needs, or where it keeps its commitments, nobody here knows.
export const isAnyUnread = () => events.some((leaf) => !leaf.body);

export const NOTHING = { body: {}, inputs: [] };
// The first making on the chain: a later one is a conflict, and does not count.
export const making = (uri) =>
  saidOn(uri).find(({ kind, body, outputs }) => (kind === "site.register" ? body.site === uri : outputs.includes(uri))) || NOTHING;

// The asked thing and its ancestors, each with the inputs of its making.
function gather() {
  const parents = new Map([[policy.asked, []]]);
  // What is added while it is walked is walked too.
  for (const uri of parents.keys()) {
    if (parents.size > ANCESTORS_MAX) stop("too many ancestors");
    const { inputs } = making(uri);
    parents.set(uri, inputs);
    for (const parent of inputs) if (!parents.has(parent)) parents.set(parent, []);
  }
  return parents;
}

// Take away, again and again, what has no parent left; what remains is a cycle.
function refuseCycles(left) {
  for (let before = -1; left.size !== before; ) {
    before = left.size;
    for (const [uri, found] of left) if (!found.some((parent) => left.has(parent))) left.delete(uri);
  }
  if (left.size) fail("a thing came from itself");
}

// The least set of chains with the things, the ledger, and the signers of all its leaves.
function neededChains() {
  const needed = new Set([...things, ledger]);
  for (const uri of needed) {
    for (const index of chains[uri] || []) {
      const { kid } = leaves[index];
      needed.add(KEY + kid).add(enrolmentOf(kid)?.body.actor ?? uri);
    }
  }
  return needed;
}
