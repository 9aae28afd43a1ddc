// Checks `log` and `map` of section 7: where each leaf lies (RFC 9162 section 2.1), and that no chain lacks one.

import { digest, each, entries, fail, isCount, members, raw, sha256, stop, text, utf8 } from "./bytes.js";
import { bundle } from "./file.js";
import { checkpoint } from "./note.js";

const LEAVES_MAX = 10000;
const NO_PREVIOUS = "0".repeat(64);
// A leaf of section 2: tag, index, time, statement id or map root; key id, key_seq, links.
const LEAF = /^(0[12])(.{16})(.{16})(.{64})(?:(.{64})(.{8})(.{4})((?:.{136})*))?$/;

// Leaves by index, and those of them that carry a statement, in order. To these the check `statement` adds what it says.
export let leaves;
export let events;
// The last leaf, which has the map's root as its `id`.
export let state;
// Indices of leaves by URI: every chain that is shown.
export let chains = {};
export let depth;

export async function checkLog() {
  const shown = members(bundle.leaves, "leaves");
  const names = Object.keys(shown);
  if (names.length > LEAVES_MAX) stop("too many leaves");
  const { proofs, nodes } = members(bundle.log, "log");
  members(proofs, "proofs");
  const given = entries(nodes, "nodes").map((node) => digest(node, "a node"));
  const found = names.map((name) => (/^(0|[1-9]\d{0,18})$/.test(name) ? { index: Number(name) } : fail("a leaf has no index")));
  found.sort((one, two) => one.index - two.index);
  await each(found, async (leaf) => {
    const written = raw(shown[leaf.index], "the leaf");
    readLeaf(leaf, written);
    leaf.hash = await sha256("00", written);
    const proof = entries(proofs[leaf.index], "the leaf's proof");
    await checkIncluded(leaf, proof.map((at) => (isCount(at) && given[at]) || fail("the proof names no node")));
  });
  leaves = Object.fromEntries(found.map((leaf) => [leaf.index, leaf]));
  events = found.filter((leaf) => leaf.kid);
  state = leaves[checkpoint.size - 1];
  if (!state || state.kid) fail("the last leaf is not shown, or is no state leaf", checkpoint.size - 1);
  await each(found, ({ time }, at) => at && time < found[at - 1].time && fail("times go back"));
}

// The leaf's fields, times in hex so that 64 bits compare exactly. A state leaf has no `kid`.
function readLeaf(leaf, written) {
  const [, tag, place, time, id, kid, keySeq, count, rest = ""] = LEAF.exec(written) || [];
  const links = [...rest.matchAll(/(.{64})(.{8})(.{64})/g)].map(([, key, seq, previous]) => ({ key, seq: number(seq), previous }));
  if (number(place) !== leaf.index || (tag === "01" ? number(count) !== links.length : kid)) fail("no leaf has this form, or not at this index");
  if (links.some((link, at) => at && links[at - 1].key >= link.key)) fail("the leaf's links do not rise");
  Object.assign(leaf, { time, ms: number(time), id, kid, keySeq: number(keySeq), links });
}

const number = (hex) => parseInt(hex, 16);
const above = (tag, isRight, node, sibling) => (isRight ? sha256(tag, sibling, node) : sha256(tag, node, sibling));

// Source: RFC 9162 section 2.1.3.2.
async function checkIncluded({ index, hash }, proof) {
  if (index >= checkpoint.size) fail("the leaf is beyond the tree");
  let [place, last, node] = [BigInt(index), BigInt(checkpoint.size - 1), hash];
  for (const sibling of proof) {
    // At the tree's right edge a node without sibling is the one above it too.
    for (; last && place === last && !(place % 2n); last = place) place /= 2n;
    if (!last) fail("the proof is too long");
    node = await above("01", place % 2n, node, sibling);
    place /= 2n;
    last /= 2n;
  }
  if (last || node !== checkpoint.root) fail("the proof leads to another root");
}

const known = { __proto__: null };
export const subjectKey = (uri) => (known[uri] ??= sha256(utf8(`daodi/subject\0${uri}`)));

export async function checkMap() {
  [chains, depth] = [{ __proto__: null }, 0];
  const byKey = {};
  await each(entries(bundle.subjects, "subjects"), async (value) => {
    const subject = members(value, "a subject");
    const uri = text(subject.uri, "a subject's uri");
    if (chains[uri]) fail("a subject is shown twice");
    const chain = (chains[uri] = entries(subject.leaves, "a subject's leaves"));
    if (!chain.every(isCount)) fail("a leaf of a subject is no index");
    const key = await subjectKey(uri);
    byKey[key] = chain;
    await checkBound(key, members(subject.map, "a map proof"), chain);
  });
  // Every link of a shown leaf to a shown subject stands in that subject's list.
  await each(events, ({ index, links }) => {
    for (const { key, seq, previous } of links) {
      if (!seq && previous !== NO_PREVIOUS) fail("the first leaf of a chain names one before it");
      if ((byKey[key] || { [seq]: index })[seq] !== index) fail("a leaf is missing from its chain's list");
    }
  });
}

// The leaves of one chain, numbered without gap, each linked to the one before. The value that the map must bind.
function valueOf(key, chain) {
  let [last, before] = [-1, NO_PREVIOUS];
  chain.forEach((index, seq) => {
    const { links, hash } = leaves[index] || {};
    const link = links?.find((one) => one.key === key);
    if (index <= last || link?.seq !== seq || link.previous !== before) fail("a chain breaks", index);
    [last, before] = [index, hash];
  });
  return chain.length ? sha256("30", u32(chain.length), before) : undefined;
}

// The root of so many levels where there is nothing.
const EMPTY = [];
const emptyRoot = (level) => (EMPTY[level] ??= level ? emptyRoot(level - 1).then((root) => sha256("21", root, root)) : sha256("2000000000"));

// The map binds exactly this chain, or proves the subject absent. Source: section 3.
async function checkBound(key, proof, chain) {
  const expected = await valueOf(key, chain);
  const bucket = entries(proof.bucket, "a bucket").map((pair) => {
    if (entries(pair, "a pair").length !== 2) fail("the bucket holds what is no pair");
    return pair.map((one) => digest(one, "a key or value"));
  });
  const siblings = entries(proof.siblings, "siblings").map((one) => (one === "" ? one : digest(one, "a sibling")));
  depth ||= siblings.length;
  if (depth !== siblings.length || depth < 1 || depth > 256) fail("another number of siblings");
  const placeOf = (hex) => BigInt(`0x${hex}`) >> BigInt(256 - depth);
  let place = placeOf(key);
  bucket.forEach(([one], at) => {
    if (placeOf(one) !== place) fail("a key belongs into another bucket");
    if (at && bucket[at - 1][0] >= one) fail("the bucket's keys do not rise");
  });
  let node = await sha256("20", u32(bucket.length), ...bucket.flat());
  for (const [level, sibling] of siblings.entries()) {
    node = await above("21", place % 2n, node, sibling || (await emptyRoot(level)));
    place /= 2n;
  }
  if (node !== state.id) fail("the map's proof leads elsewhere");
  const [, value] = bucket.find(([one]) => one === key) || [];
  if (value !== expected) fail("the map binds another chain", chain[chain.length - 1]);
}

const u32 = (number) => number.toString(16).padStart(8, "0");
