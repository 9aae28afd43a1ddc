// Check `statement` of section 7: every leaf has its statement, signed by its key, and nothing is unused.

import { each, fail, Fails, hex, members, raw, refuseOthers, sha256, text } from "./bytes.js";
import { KINDS } from "./bodies.js";
import { pae, parseClaim } from "./claim.js";
import { isSigned, loadKey } from "./keys.js";
import { subjectKey } from "./places.js";

const FILE = ["format", "origin", "asked", "checkpoint", "leaves", "log", "subjects", "statements", "keys", "openings"];

export async function checkStatement(exam) {
  const statements = members(exam.bundle.statements, "statements");
  const keys = members(exam.bundle.keys, "keys");
  exam.claims = new Map();
  exam.unread = new Set();
  exam.algorithms = new Map();
  const found = await each(exam.events, async (leaf) => {
    try {
      return await checkOne(exam, leaf, statements, await signingKey(exam, keys, leaf));
    } catch (error) {
      // A new one: what a key's bytes fail with is one object for all that it signed.
      throw error instanceof Fails ? new Fails(error.message, leaf.index) : error;
    }
  });
  found.forEach(({ claim, unchecked }, at) => {
    const { index } = exam.events[at];
    if (claim) exam.claims.set(index, claim);
    else exam.unread.add(index);
    if (unchecked) exam.unchecked.set(index, unchecked);
  });
  checkKeyChains(exam);
  checkNothingUnused(exam, statements, keys);
  checkFileMembers(exam.bundle, statements, keys);
}

async function signingKey(exam, keys, leaf) {
  const entry = members(keys[leaf.kid], "the signing key");
  const alg = text(entry.alg, "the key's alg");
  const spki = raw(entry.spki, "the key's spki");
  if (hex(await sha256(spki)) !== leaf.kid) fail("the key's bytes do not give its id");
  exam.algorithms.set(leaf.kid, alg);
  return loadKey(alg, spki);
}

async function checkOne(exam, leaf, statements, key) {
  const entry = members(statements[leaf.id], "the statement");
  const payload = text(entry.payload, "the payload");
  const signature = raw(entry.sig, "the signature");
  const signed = pae(payload);
  if (hex(await sha256(signed)) !== leaf.id) fail("the statement's id is not the leaf's");
  const claim = parseClaim(payload, exam.checkpoint.origin);
  let unchecked = "";
  if (!claim) {
    unchecked = "version";
  } else {
    claim.id = leaf.id;
    await checkAgrees(leaf, claim, exam.subjectKeys);
    if (!KINDS.includes(claim.kind)) unchecked = "kind";
  }
  if (!key || !key.handle) unchecked = "algorithm";
  else if (!(await isSigned(key, signature, signed))) fail("the signature does not hold");
  return { claim, unchecked };
}

async function checkAgrees(leaf, claim, known) {
  if (claim.key !== leaf.kid || claim.seq !== leaf.keySeq) fail("key or number are not the leaf's");
  const keys = await Promise.all(claim.subjects.map(async (uri) => known.get(uri) || hex(await subjectKey(uri))));
  if (keys.sort().join() !== leaf.links.map((link) => link.key).join()) fail("the subjects are not the leaf's");
  if (claim.anchor && claim.anchor.size > leaf.index) fail("the anchor is newer than the leaf");
}

// No id and no (key, number) twice; numbers rise with the index; neighbours are linked.
function checkKeyChains(exam) {
  const ids = new Set();
  const newest = new Map();
  for (const leaf of exam.events) {
    if (ids.has(leaf.id)) fail("a statement stands at two leaves", leaf.index);
    ids.add(leaf.id);
    const before = newest.get(leaf.kid);
    newest.set(leaf.kid, leaf);
    if (!before) continue;
    if (leaf.keySeq <= before.keySeq) fail("a key's numbers do not rise", leaf.index);
    const claim = exam.claims.get(leaf.index);
    if (claim && leaf.keySeq === before.keySeq + 1 && claim.prev !== before.id) fail("prev is not the key's statement before", leaf.index);
  }
}

function checkNothingUnused(exam, statements, keys) {
  const listed = new Set([].concat(...exam.chains.values()));
  for (const index of exam.leaves.keys()) {
    if (!listed.has(index) && index !== exam.checkpoint.size - 1) fail("a leaf is on no shown chain", index);
  }
  const used = [
    [statements, exam.events.map((leaf) => leaf.id)],
    [keys, exam.events.map((leaf) => leaf.kid)],
    [exam.bundle.log.proofs, [...exam.leaves.keys()].map(String)],
  ];
  for (const [there, names] of used) {
    const known = new Set(names);
    for (const name of Object.keys(there)) if (!known.has(name)) fail(`${name} is not used`);
  }
}

// The file has no members but those of section 7, at any place.
function checkFileMembers(bundle, statements, keys) {
  refuseOthers(bundle, FILE, "the file");
  refuseOthers(bundle.log, ["nodes", "proofs"], "log");
  for (const subject of bundle.subjects) {
    refuseOthers(subject, ["uri", "leaves", "map"], "a subject");
    refuseOthers(subject.map, ["bucket", "siblings"], "a map proof");
  }
  for (const entry of Object.values(statements)) refuseOthers(entry, ["payload", "sig"], "a statement");
  for (const entry of Object.values(keys)) refuseOthers(entry, ["alg", "spki"], "a key");
}
