// Checks `log` and `map` of section 7: where each leaf lies (RFC 9162 section 2.1), and that no chain lacks one.

import { digest, each, entries, fail, hex, isCount, members, raw, sha256, Stops, text, utf8 } from "./bytes.js";

const LEAVES_MAX = 10000;
const NO_PREVIOUS = "0".repeat(64);
const LINK_BYTES = 68;
const EVENT_BYTES = 87;

export async function checkLog(exam) {
  const leaves = members(exam.bundle.leaves, "leaves");
  const names = Object.keys(leaves);
  if (names.length > LEAVES_MAX) throw new Stops(`${names.length} leaves`);
  const log = members(exam.bundle.log, "log");
  const proofs = members(log.proofs, "proofs");
  const nodes = entries(log.nodes, "nodes").map((node) => digest(node, "a node"));
  for (const name of names) if (!/^(0|[1-9][0-9]{0,18})$/.test(name)) fail(`${name} is no index`);
  names.sort((one, two) => one.length - two.length || (one < two ? -1 : 1));
  const found = await each(names, async (name) => {
    const index = Number(name);
    const bytes = raw(leaves[name], "the leaf", index);
    const proof = entries(proofs[name], "the leaf's proof", index).map((number) =>
      isCount(number) && number < nodes.length ? nodes[number] : fail("the proof names no node", index),
    );
    const hash = await sha256([0], bytes);
    const leaf = parseLeaf(bytes, index);
    leaf.hash = hex(hash);
    await checkIncluded(hash, index, proof, exam.checkpoint);
    return leaf;
  });
  exam.leaves = new Map(found.map((leaf) => [leaf.index, leaf]));
  exam.events = found.filter((leaf) => leaf.links);
  checkTimes(exam, found);
}

function checkTimes(exam, leaves) {
  const last = exam.checkpoint.size - 1;
  exam.state = exam.leaves.get(last);
  if (!exam.state || exam.state.links) fail("the last leaf is not shown, or is no state leaf", last);
  let newest = "";
  for (const leaf of leaves) {
    if (leaf.time < newest) fail("times go back", leaf.index);
    newest = leaf.time;
  }
  exam.timeMs = parseInt(exam.state.time, 16);
}

// The leaf's fields, hashes and times in hex (so that times of 64 bits compare exactly).
function parseLeaf(bytes, index) {
  const view = new DataView(bytes.buffer);
  const part = (start, length = 32) => hex(bytes.subarray(start, start + length));
  const isEvent = bytes[0] === 1;
  const expected = isEvent && bytes.length >= EVENT_BYTES ? EVENT_BYTES + LINK_BYTES * view.getUint16(85) : 49;
  if ((!isEvent && bytes[0] !== 2) || bytes.length !== expected) fail("no leaf has this form", index);
  if (parseInt(part(1, 8), 16) !== index) fail("the leaf names another index", index);
  const leaf = { index, time: part(9, 8) };
  if (!isEvent) return { ...leaf, mapRoot: part(17) };
  const links = [];
  for (let at = EVENT_BYTES; at < bytes.length; at += LINK_BYTES) {
    links.push({ key: part(at), seq: view.getUint32(at + 32), previous: part(at + 36) });
  }
  if (links.some((link, at) => at && links[at - 1].key >= link.key)) fail("the leaf's links do not rise", index);
  return { ...leaf, id: part(17), kid: part(49), keySeq: view.getUint32(81), links };
}

// Source: RFC 9162 section 2.1.3.2.
async function checkIncluded(hash, index, proof, { size, root }) {
  if (index >= size) fail("the leaf is beyond the tree", index);
  let [number, last, node] = [index, size - 1, hash];
  const climb = () => {
    number = Math.floor(number / 2);
    last = Math.floor(last / 2);
  };
  for (const sibling of proof) {
    if (!last) fail("the proof is too long", index);
    if (number % 2 || number === last) {
      node = await sha256([1], sibling, node);
      while (number && number % 2 === 0) climb();
    } else {
      node = await sha256([1], node, sibling);
    }
    climb();
  }
  if (last || hex(node) !== root) fail("the proof leads to another root", index);
}

export const subjectKey = (uri) => sha256(utf8(`daodi/subject\0${uri}`));

export async function checkMap(exam) {
  const subjects = entries(exam.bundle.subjects, "subjects");
  exam.chains = new Map();
  exam.subjectKeys = new Map();
  const keys = new Map();
  const empty = await emptyRoots();
  await each(subjects, async (value) => {
    const subject = members(value, "a subject");
    const uri = text(subject.uri, "a subject's uri");
    if (exam.chains.has(uri)) fail(`${uri} is shown twice`);
    const chain = entries(subject.leaves, `leaves of ${uri}`);
    exam.chains.set(uri, chain);
    if (!chain.every(isCount)) fail(`a leaf of ${uri} is no index`);
    const key = await subjectKey(uri);
    keys.set(hex(key), chain);
    exam.subjectKeys.set(uri, hex(key));
    checkChain(exam, uri, hex(key), chain);
    await checkBound(exam, uri, key, parseProof(uri, subject.map), empty);
  });
  checkLinks(exam, keys);
}

// The leaves of one chain, numbered without gap, each linked to the one before.
function checkChain(exam, uri, key, chain) {
  let [last, previous] = [-1, NO_PREVIOUS];
  chain.forEach((index, seq) => {
    const leaf = exam.leaves.get(index);
    if (!leaf || !leaf.links || index <= last) fail(`${uri} names no later event leaf`, index);
    const link = leaf.links.find((one) => one.key === key);
    if (!link || link.seq !== seq || link.previous !== previous) fail(`the chain of ${uri} breaks`, index);
    [last, previous] = [index, leaf.hash];
  });
}

function parseProof(uri, value) {
  const proof = members(value, `the proof of ${uri}`);
  const bucket = entries(proof.bucket, `the bucket of ${uri}`).map((pair) => {
    if (!Array.isArray(pair) || pair.length !== 2) fail("the bucket holds what is no pair");
    return [digest(pair[0], "a key"), digest(pair[1], "a value")];
  });
  const siblings = entries(proof.siblings, `the siblings of ${uri}`);
  return { bucket, siblings: siblings.map((one) => (one === "" ? null : digest(one, "a sibling"))) };
}

const EMPTY = [];

async function emptyRoots() {
  if (!EMPTY.length) EMPTY.push(await sha256([0x20, 0, 0, 0, 0]));
  while (EMPTY.length < 256) EMPTY.push(await sha256([0x21], EMPTY[EMPTY.length - 1], EMPTY[EMPTY.length - 1]));
  return EMPTY;
}

const bit = (key, place) => (key[place >> 3] >> (7 - (place & 7))) & 1;

// The map binds exactly this chain, or proves the subject absent. Source: section 3.
async function checkBound(exam, uri, key, { bucket, siblings }, empty) {
  const depth = siblings.length;
  exam.depth = exam.depth || depth;
  if (depth !== exam.depth || depth < 1 || depth > 256) fail(`${uri} has ${depth} siblings, others ${exam.depth}`);
  const names = bucket.map(([one]) => hex(one));
  for (let at = 0; at < bucket.length; at++) {
    for (let place = 0; place < depth; place++) {
      if (bit(bucket[at][0], place) !== bit(key, place)) fail("a key belongs into another bucket");
    }
    if (at && names[at - 1] >= names[at]) fail("the bucket's keys do not rise");
  }
  let node = await sha256([0x20], u32(bucket.length), ...bucket.flat());
  for (let level = 0; level < depth; level++) {
    const sibling = siblings[level] || empty[level];
    node = await (bit(key, depth - 1 - level) ? sha256([0x21], sibling, node) : sha256([0x21], node, sibling));
  }
  if (hex(node) !== exam.state.mapRoot) fail(`the proof of ${uri} leads elsewhere`);
  await checkValue(exam, uri, bucket[names.indexOf(hex(key))]);
}

async function checkValue(exam, uri, pair) {
  const chain = exam.chains.get(uri);
  const head = chain.length ? chain[chain.length - 1] : null;
  const expected = head === null ? "" : hex(await sha256([0x30], u32(chain.length), bytesOf(exam.leaves.get(head).hash)));
  if ((pair ? hex(pair[1]) : "") !== expected) fail(`the map binds another chain of ${uri}`, head);
}

// Every link of a shown leaf to a shown subject stands in that subject's list.
function checkLinks(exam, keys) {
  for (const leaf of exam.events) {
    for (const link of leaf.links) {
      if (link.seq === 0 && link.previous !== NO_PREVIOUS) fail("the first leaf of a chain names one before it", leaf.index);
      const chain = keys.get(link.key);
      if (chain && chain[link.seq] !== leaf.index) fail("a leaf is missing from its chain's list", leaf.index);
    }
  }
}

const u32 = (number) => [24, 16, 8, 0].map((shift) => (number >>> shift) & 255);
const bytesOf = (digits) => Uint8Array.from(digits.match(/../g), (pair) => parseInt(pair, 16));
