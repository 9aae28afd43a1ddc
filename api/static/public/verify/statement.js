// Check `statement` of section 7: every leaf has its statement, signed by its key, and nothing is unused.

import { each, fail, members, raw, refuseOthers, sha256, text } from "./bytes.js";
import { isKnownKind } from "./bodies.js";
import { pae, parseClaim } from "./claim.js";
import { isSigned, loadKey } from "./keys.js";
import { subjectKey } from "./places.js";

const FILE = "format origin asked checkpoint leaves log subjects statements keys openings";

export async function checkStatement(exam) {
  const { bundle, events, chains, leaves } = exam;
  Object.assign(exam, { claims: new Map(), unread: new Set(), algorithms: new Map() });
  const statements = members(bundle.statements, "statements");
  const keys = members(bundle.keys, "keys");
  const found = await each(events, (leaf) => checkOne(exam, leaf, members(statements[leaf.id], "the statement"), members(keys[leaf.kid], "the key")));
  found.forEach(({ claim, unchecked }, at) => {
    const { index } = events[at];
    if (claim) exam.claims.set(index, claim);
    else exam.unread.add(index);
    if (unchecked) exam.unchecked.set(index, unchecked);
  });
  await checkKeyChains(exam);
  const listed = new Set([].concat(...chains.values(), exam.state.index));
  for (const index of leaves.keys()) if (!listed.has(index)) fail("a leaf is on no shown chain", index);
  refuseOthers(statements, events.map((leaf) => leaf.id), "statements");
  refuseOthers(keys, events.map((leaf) => leaf.kid), "keys");
  refuseOthers(bundle.log.proofs, [...leaves.keys()].map(String), "proofs");
  // The file has no members but those of section 7, at any place.
  const places = [
    [FILE, [bundle]],
    ["nodes proofs", [bundle.log]],
    ["uri leaves map", bundle.subjects],
    ["bucket siblings", bundle.subjects.map(({ map }) => map)],
    ["payload sig", Object.values(statements)],
    ["alg spki", Object.values(keys)],
  ];
  for (const [known, holders] of places) for (const holder of holders) refuseOthers(holder, known.split(" "), "the file");
}

async function checkOne(exam, leaf, statement, named) {
  const alg = text(named.alg, "the key's alg");
  const spki = raw(named.spki, "the key's spki");
  if ((await sha256(spki)) !== leaf.kid) fail("the key's bytes do not give its id");
  exam.algorithms.set(leaf.kid, alg);
  const key = await loadKey(alg, spki);
  const signature = raw(statement.sig, "the signature");
  const signed = pae(text(statement.payload, "the payload"));
  if ((await sha256(signed)) !== leaf.id) fail("the statement's id is not the leaf's");
  const claim = parseClaim(statement.payload, exam.checkpoint.origin);
  if (claim) await checkAgrees(claim, leaf);
  if (key?.handle && !(await isSigned(key, signature, signed))) fail("the signature does not hold");
  const unchecked = !key?.handle ? "algorithm" : !claim ? "version" : isKnownKind(claim.kind) ? "" : "kind";
  return { claim, unchecked };
}

async function checkAgrees(claim, { index, id, kid, keySeq, links }) {
  Object.assign(claim, { id, index });
  if (claim.key !== kid || claim.seq !== keySeq) fail("key or number are not the leaf's");
  const keys = await each(claim.subjects, subjectKey);
  if (keys.sort().join() !== links.map((link) => link.key).join()) fail("the subjects are not the leaf's");
  if (claim.anchor?.size > index) fail("the anchor is newer than the leaf");
}

// No id and no (key, number) twice; numbers rise with the index; neighbours are linked.
function checkKeyChains({ events, claims }) {
  const ids = new Set();
  const newest = new Map();
  return each(events, ({ index, id, kid, keySeq }) => {
    if (ids.has(id)) fail("a statement stands at two leaves");
    ids.add(id);
    const before = newest.get(kid);
    newest.set(kid, { id, keySeq });
    if (!before) return;
    if (keySeq <= before.keySeq) fail("a key's numbers do not rise");
    const claim = claims.get(index);
    if (claim && keySeq === before.keySeq + 1 && claim.prev !== before.id) fail("prev is not the key's statement before");
  });
}
