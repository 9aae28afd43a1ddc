// Checks `log` and `map` of section 7: where each leaf lies (RFC 9162 section 2.1), and that no chain lacks one.

import { digest, each, entries, fail, isCount, members, raw, sha256, stop, text, utf8 } from "./bytes.js";

const LEAVES_MAX = 10000;
const NO_PREVIOUS = "0".repeat(64);
// A leaf of section 2: tag, index, time, statement id or map root; key id, key_seq, links.
const LEAF = /^(0[12])(.{16})(.{16})(.{64})(?:(.{64})(.{8})(.{4})((?:.{136})*))?$/;

export async function checkLog(exam) {
  const { bundle, checkpoint } = exam;
  const leaves = members(bundle.leaves, "leaves");
  const names = Object.keys(leaves);
  if (names.length > LEAVES_MAX) stop("too many leaves");
  const log = members(bundle.log, "log");
  const proofs = members(log.proofs, "proofs");
  const nodes = entries(log.nodes, "nodes").map((node) => digest(node, "a node"));
  const places = names.map((name) => (/^(0|[1-9]\d{0,18})$/.test(name) ? { index: Number(name) } : fail("a leaf has no index")));
  places.sort((one, two) => one.index - two.index);
  const found = await each(places, async ({ index }) => {
    const written = raw(leaves[index], "the leaf");
    const proof = entries(proofs[index], "the leaf's proof");
    const leaf = parseLeaf(written, index);
    leaf.hash = await sha256("00", written);
    await checkIncluded(leaf, proof.map((at) => (isCount(at) && nodes[at]) || fail("the proof names no node")), checkpoint);
    return leaf;
  });
  exam.leaves = new Map(found.map((leaf) => [leaf.index, leaf]));
  exam.events = found.filter((leaf) => leaf.kid);
  exam.state = exam.leaves.get(checkpoint.size - 1);
  if (!exam.state || exam.state.kid) fail("the last leaf is not shown, or is no state leaf", checkpoint.size - 1);
  await each(found, ({ time }, at) => at && time < found[at - 1].time && fail("times go back"));
  exam.timeMs = exam.state.ms;
}

// The leaf's fields, times in hex so that 64 bits compare exactly. A state leaf has no `kid`, and the
// map's root as its `id`.
function parseLeaf(written, index) {
  const [, tag, place, time, id, kid, keySeq, count, rest] = LEAF.exec(written) || [];
  const links = (rest?.match(/.{136}/g) || []).map((link) => ({ key: link.slice(0, 64), seq: number(link.slice(64, 72)), previous: link.slice(72) }));
  if (number(place) !== index || (tag === "01" ? number(count) !== links.length : kid)) fail("no leaf has this form, or not at this index");
  if (links.some((link, at) => at && links[at - 1].key >= link.key)) fail("the leaf's links do not rise");
  return { index, time, ms: number(time), id, kid, keySeq: number(keySeq), links };
}

const number = (hex) => parseInt(hex, 16);

// Source: RFC 9162 section 2.1.3.2.
async function checkIncluded({ index, hash }, proof, { size, root }) {
  if (index >= size) fail("the leaf is beyond the tree");
  let [place, last, node] = [index, size - 1, hash];
  for (const sibling of proof) {
    // At the tree's right edge a node without sibling is the one above it too.
    for (; last && place === last && !(place % 2); last = place) place /= 2;
    if (!last) fail("the proof is too long");
    node = await (place % 2 ? sha256("01", sibling, node) : sha256("01", node, sibling));
    [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  }
  if (last || node !== root) fail("the proof leads to another root");
}

const known = { __proto__: null };
export const subjectKey = (uri) => (known[uri] ??= sha256(utf8(`daodi/subject\0${uri}`)));

export async function checkMap(exam) {
  const chains = (exam.chains = new Map());
  const byKey = new Map();
  await each(entries(exam.bundle.subjects, "subjects"), async (value) => {
    const subject = members(value, "a subject");
    const uri = text(subject.uri, "a subject's uri");
    if (chains.has(uri)) fail("a subject is shown twice");
    const chain = entries(subject.leaves, "a subject's leaves");
    chains.set(uri, chain);
    if (!chain.every(isCount)) fail("a leaf of a subject is no index");
    const key = await subjectKey(uri);
    byKey.set(key, chain);
    const head = await checkChain(exam, key, chain);
    await checkBound(exam, key, members(subject.map, "a map proof"), head);
  });
  // Every link of a shown leaf to a shown subject stands in that subject's list.
  await each(exam.events, ({ index, links }) => {
    for (const { key, seq, previous } of links) {
      if (!seq && previous !== NO_PREVIOUS) fail("the first leaf of a chain names one before it");
      if ((byKey.get(key) || { [seq]: index })[seq] !== index) fail("a leaf is missing from its chain's list");
    }
  });
}

// The leaves of one chain, numbered without gap, each linked to the one before. The value that the map must bind.
async function checkChain(exam, key, chain) {
  let [last, before] = [-1, NO_PREVIOUS];
  chain.forEach((index, seq) => {
    const { links, hash } = exam.leaves.get(index) || {};
    const link = links?.find((one) => one.key === key);
    if (index <= last || link?.seq !== seq || link.previous !== before) fail("a chain breaks", index);
    [last, before] = [index, hash];
  });
  return chain.length ? { index: last, value: await sha256("30", u32(chain.length), before) } : {};
}

// The root of so many levels where there is nothing.
const EMPTY = [];
const emptyRoot = (level) => (EMPTY[level] ??= level ? emptyRoot(level - 1).then((root) => sha256("21", root, root)) : sha256("2000000000"));

// The map binds exactly this chain, or proves the subject absent. Source: section 3.
async function checkBound(exam, key, proof, head) {
  const bucket = entries(proof.bucket, "a bucket").map((pair) => {
    if (entries(pair, "a pair").length !== 2) fail("the bucket holds what is no pair");
    return pair.map((one) => digest(one, "a key or value"));
  });
  const siblings = entries(proof.siblings, "siblings").map((one) => (one === "" ? one : digest(one, "a sibling")));
  const depth = siblings.length;
  exam.depth = exam.depth || depth;
  if (depth !== exam.depth || depth < 1 || depth > 256) fail("another number of siblings");
  const place = bits(key).slice(0, depth);
  bucket.forEach(([one], at) => {
    if (!bits(one).startsWith(place)) fail("a key belongs into another bucket");
    if (at && bucket[at - 1][0] >= one) fail("the bucket's keys do not rise");
  });
  let node = await sha256("20", u32(bucket.length), ...bucket.flat());
  for (let level = 0; level < depth; level++) {
    const sibling = siblings[level] || (await emptyRoot(level));
    node = await (place[depth - 1 - level] === "1" ? sha256("21", sibling, node) : sha256("21", node, sibling));
  }
  if (node !== exam.state.id) fail("the map's proof leads elsewhere");
  const [, value] = bucket.find(([one]) => one === key) || [];
  if (value !== head.value) fail("the map binds another chain", head.index);
}

const bits = (hex) => hex.replace(/./g, (digit) => (parseInt(digit, 16) + 16).toString(2).slice(1));
const u32 = (number) => number.toString(16).padStart(8, "0");
