// Check `checkpoint` of section 7: C2SP signed-note and tlog-checkpoint under the pinned log keys.

import { concat, decode, digest, each, fail, hex, sha256, Stops, text, utf8 } from "./bytes.js";
import { ed25519Spki, isSigned, loadKey, rawOfDer } from "./keys.js";

const FAMILY = "daodi-evidence/";
const CONTROL = /[\0-\x09\x0b-\x1f]/;
const NO_NAME = /[+\x09-\x0d\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const LINE_START = "— ";

// name+hash+base64(algorithm | key) by its shape alone; null for anything else.
export function parseVkey(vkey) {
  const [, name, hash, spelled] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey) || [];
  const material = name && !NO_NAME.test(name) && decode(spelled);
  return material ? { name, hash, algorithm: material[0], key: material.subarray(1), vkey } : null;
}

export async function checkCheckpoint(exam) {
  const { bundle, policy } = exam;
  const form = text(bundle.format, "format");
  if (form !== `${FAMILY}1`) {
    if (form.startsWith(FAMILY)) throw new Stops(`format is ${form}`);
    fail(`format is ${form}: this is no evidence`);
  }
  const asked = text(bundle.asked, "asked");
  if (asked !== policy.asked) fail(`answers for ${asked}, asked was ${policy.asked}`);
  exam.checkpoint = await checkNote(exam, text(bundle.checkpoint, "checkpoint"));
  if (text(bundle.origin, "origin") !== exam.checkpoint.origin) fail("the origin is not the one that is signed");
}

async function checkNote(exam, note) {
  const gap = note.lastIndexOf("\n\n");
  if (gap < 0 || !note.endsWith("\n") || note.length < gap + 3 || CONTROL.test(note)) fail("the checkpoint is no note");
  const signed = note.slice(0, gap + 1);
  const lines = note.slice(gap + 2, -1).split("\n").map(parseLine);
  const checkpoint = parseCheckpoint(signed);
  const known = (await each(exam.policy.logKeys, usable)).filter(Boolean);
  exam.verifiedWith = new Set();
  await each(lines, async (line) => {
    const meant = known.filter((key) => key.name === line.name && key.hash === line.hash);
    const holds = await each(meant, (key) => lineHolds(key, line, utf8(signed)));
    if (meant.length && !holds.includes(true)) fail(`the line of ${line.name} does not verify`);
    meant.forEach((key, at) => holds[at] && key.name === checkpoint.origin && exam.verifiedWith.add(key.vkey));
  });
  if (!exam.verifiedWith.size) fail("no line of a given log key is on the checkpoint");
  return checkpoint;
}

function parseLine(line) {
  const [name, ...rest] = line.slice(LINE_START.length).split(" ");
  const signed = decode(rest.join(" "));
  if (!line.startsWith(LINE_START) || !name || NO_NAME.test(name) || !signed || signed.length < 5) fail("a signature line is malformed");
  return { name, hash: hex(signed.subarray(0, 4)), signature: signed.subarray(4) };
}

function parseCheckpoint(signed) {
  const lines = signed.slice(0, -1).split("\n");
  const [origin, size, root] = lines;
  if (lines.length < 3 || lines.includes("") || !/^(0|[1-9][0-9]{0,18})$/.test(size) || BigInt(size) >= 2n ** 63n) fail("the checkpoint has not its lines");
  const found = { origin, size: Number(size), root: hex(digest(root, "the checkpoint's root")) };
  if (!Number.isSafeInteger(found.size)) throw new Stops(`a log of ${size} leaves`);
  return found;
}

// A given key that can verify here; with any other it is as if it were not given.
async function usable(vkey) {
  const found = parseVkey(vkey);
  if (!found || CONTROL.test(found.name)) return null;
  const { algorithm, key } = found;
  if (algorithm !== 1 && algorithm !== 2) return null;
  const hashed = algorithm === 2 ? key : concat(utf8(`${found.name}\n`), [1], key);
  try {
    found.loaded = await (algorithm === 2 ? loadKey("ES256", key) : loadKey("Ed25519", ed25519Spki(key)));
  } catch (error) {
    return null;
  }
  return found.loaded.handle && hex((await sha256(hashed)).subarray(0, 4)) === found.hash ? found : null;
}

async function lineHolds(key, line, message) {
  const signature = key.algorithm === 2 ? rawOfDer(line.signature) : line.signature;
  return signature !== null && isSigned(key.loaded, signature, message);
}
