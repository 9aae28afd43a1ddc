// Checks `ancestry` and `opening` of section 7: each thing's making back to the first; the sealed values.

import { decode, each, entries, fail, matching, members, sha256, stop, text, utf8 } from "./bytes.js";
import { KEY } from "./bodies.js";
import { bundle, policy } from "./file.js";
import { canonical } from "./json.js";
import { chains, events, leaves } from "./places.js";
import { enrolmentOf, isUnsure, ledger, saidOn, statementOf } from "./standing.js";

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
const isAnyUnread = () => events.some((leaf) => !leaf.body);

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

const isSalt = matching(/^[\w-]{21}[AQgw]$/);

// Source: section 5.
export async function checkOpenings() {
  for (const value of entries(bundle.openings, "openings")) {
    const { statement, name, salt, value: told, ...others } = members(value, "an opening");
    const claim = statementOf(text(statement, "its statement"));
    text(name, "an opening's name");
    if (told === undefined || Object.keys(others).length) fail("an opening has not its four members");
    if (!claim && !isAnyUnread()) fail("an opening of a statement that is not shown");
    await each(claim ? [claim] : [], async ({ ledger, key, seq, sealed }) => {
      if (!isSalt(salt)) fail("the salt is not 16 bytes");
      const found = await sha256(utf8(canonical([ledger, key, seq, name, salt, told])));
      if (!Object.keys(sealed).includes(name) || spelled(sealed[name]) !== found) fail("a value is not what was sealed");
    });
  }
}

// A commitment in hex; its one spelling was checked with the statement's form.
const spelled = (commitment) => decode(`${commitment.replace(/-/g, "+").replace(/_/g, "/")}=`);
