// Check `statement` of section 7: every leaf has its statement, signed by its key, and nothing is unused.

import { each, fail, members, raw, sha256, text } from "./bytes.js";
import { isKnownKind } from "./bodies.js";
import { pae, parseClaim } from "./claim.js";
import { bundle, unchecked } from "./file.js";
import { isSigned, loadKey } from "./keys.js";
import { chains, events, leaves, subjectKey } from "./places.js";

export async function checkStatement() {
  const { log, subjects } = bundle;
  const statements = members(bundle.statements, "statements");
  const keys = members(bundle.keys, "keys");
  await each(events, (leaf) => checkOne(leaf, members(statements[leaf.id], "the statement"), members(keys[leaf.kid], "the key")));
  unchecked.push(...events.filter((leaf) => leaf.why));
  await checkKeyChains();
  const listed = new Set(Object.values(chains).flat());
  for (const { index } of events) if (!listed.has(index)) fail("a leaf is on no shown chain", index);
  // Every member that section 7 names was read, but for `openings`. So there is another one where there are more,
  // and a leaf beside the events and the last one where there are more.
  checkCount(events.length + 1, leaves, log.proofs);
  checkCount(events.length, statements);
  checkCount(new Set(events.map((leaf) => leaf.kid)).size, keys);
  checkCount(9 + ("openings" in bundle), bundle);
  checkCount(2, log, ...subjects.map(({ map }) => map), ...Object.values(statements), ...Object.values(keys));
  checkCount(3, ...subjects);
}

function checkCount(count, ...holders) {
  if (holders.some((holder) => Object.keys(holder).length !== count)) fail("something is unused, or has no meaning");
}

// The leaf is given what its statement says; `body` is not there where that cannot be read here.
async function checkOne(leaf, statement, named) {
  const alg = text(named.alg, "the key's alg");
  const spki = raw(named.spki, "the key's spki");
  if ((await sha256(spki)) !== leaf.kid) fail("the key's bytes do not give its id");
  const key = await loadKey(alg, spki);
  const signature = raw(statement.sig, "the signature");
  const signed = pae(text(statement.payload, "the payload"));
  if ((await sha256(signed)) !== leaf.id) fail("the statement's id is not the leaf's");
  const claim = parseClaim(statement.payload);
  if (claim) await checkAgrees(claim, leaf);
  if (key?.handle && !(await isSigned(key, signature, signed))) fail("the signature does not hold");
  Object.assign(leaf, claim, { why: !key?.handle ? "algorithm" : !claim ? "version" : !isKnownKind(claim.kind) && "kind" });
}

async function checkAgrees({ key, seq, subjects, anchor }, { index, kid, keySeq, links }) {
  if (key !== kid || seq !== keySeq) fail("key or number are not the leaf's");
  const keys = await each(subjects, subjectKey);
  if (`${keys.sort()}` !== `${links.map((link) => link.key)}`) fail("the subjects are not the leaf's");
  if (anchor?.size > index) fail("the anchor is newer than the leaf");
}

// No id and no (key, number) twice; numbers rise with the index; neighbours are linked.
function checkKeyChains() {
  const newest = {}; // by statement's and by key's id
  return each(events, (leaf) => {
    const before = newest[leaf.kid];
    if (newest[leaf.id] || before?.keySeq >= leaf.keySeq) fail("a statement stands at two leaves, or a key's numbers do not rise");
    if (before?.keySeq + 1 === leaf.keySeq && leaf.body && leaf.prev !== before.id) fail("prev is not the key's statement before");
    newest[leaf.id] = newest[leaf.kid] = leaf;
  });
}
