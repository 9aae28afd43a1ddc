// Check `checkpoint` of section 7: C2SP signed-note and tlog-checkpoint under the pinned log keys.

import { decode, digest, each, fail, isCount, sha256, stop, text, utf8 } from "./bytes.js";
import { bundle, policy } from "./file.js";
import { ED25519_START, isSigned, loadKey, rawOfDer } from "./keys.js";

const FAMILY = "daodi-evidence/";
const NAME = "((?:[^+\\s\\x1c-\\x1f\\x85]|\\ufeff)+)";
const VKEY = new RegExp(`^${NAME}\\+([0-9a-f]{8})\\+(.+)$`);
const LINE = new RegExp(`^— ${NAME} (.+)$`);
const NOTE = /^(([^\n]+)\n(0|[1-9]\d{0,18})\n([^\n]+)\n(?:[^\n]+\n)*)\n((?:[^\n]+\n)+)$/;
const CONTROL = /[\0-\x09\x0b-\x1f]/;

// name+hash+base64(type | key) by its shape alone; null for anything else.
export function parseVkey(vkey) {
  const [, name, hash, spelled] = VKEY.exec(vkey) || [];
  const found = decode(spelled);
  return found && { name, hash, type: found.slice(0, 2), key: found.slice(2), vkey };
}

// Origin, size and root of the log; which log keys and witnesses signed them.
export let checkpoint;
export let verifiedWith;
export let cosigned;

export async function checkCheckpoint() {
  const form = text(bundle.format, "format");
  if (form !== `${FAMILY}1`) form.startsWith(FAMILY) ? stop("another version") : fail("no evidence");
  if (text(bundle.asked, "asked") !== policy.asked) fail("answers for another thing than was asked");
  await checkNote(text(bundle.checkpoint, "checkpoint"));
  if (text(bundle.origin, "origin") !== checkpoint.origin) fail("the origin is not the one that is signed");
}

async function checkNote(note) {
  const [, signed, origin, written, root, lines] = NOTE.exec(note) || [];
  if (!signed || CONTROL.test(note)) fail("the checkpoint is no note of its form");
  const size = Number(written);
  checkpoint = { origin, size, root: digest(root, "the checkpoint's root") };
  if (BigInt(written) >= 2n ** 63n) fail("the checkpoint's size is too large");
  if (!isCount(size)) stop("the log is too large for this browser");
  const given = [...(await usable(policy.logKeys, "01 02")), ...(await usable(policy.witnesses, "04"))];
  [verifiedWith, cosigned] = [new Set(), new Set()];
  await each(lines.match(/[^\n]+/g), async (line) => {
    const [, name, spelled] = LINE.exec(line) || [];
    const found = decode(spelled);
    if (!found || found.length < 10) fail("a signature line is malformed");
    const meant = given.filter((key) => key.name === name && found.startsWith(key.hash));
    const holds = await each(meant, (key) => lineHolds(key, found.slice(8), signed));
    if (meant.length && !holds.includes(true)) fail(`the line of ${name} does not verify`);
    meant.forEach(({ type, key, vkey }, at) => {
      if (holds[at] && type === "04") cosigned.add(key);
      else if (holds[at] && name === origin) verifiedWith.add(vkey);
    });
  });
  if (!verifiedWith.size) fail("no line of a given log key is on the checkpoint");
}

// Those of the given keys, a text with blanks between, that can verify here; with any other it is as if it were not given.
export async function usable(vkeys, types) {
  const checked = await each(vkeys.split(" "), async (vkey) => {
    const key = parseVkey(vkey);
    if (!key || CONTROL.test(vkey) || !types.includes(key.type)) return null;
    // Of a P-256 key the line has the SubjectPublicKeyInfo, of which alone the key id is made.
    const isP256 = key.type === "02";
    const hash = await sha256(isP256 ? "" : utf8(`${key.name}\n`) + key.type, key.key);
    key.loaded = await loadKey(isP256 ? "ES256" : "Ed25519", (isP256 ? "" : ED25519_START) + key.key).catch(() => ({}));
    return key.loaded.handle && hash.startsWith(key.hash) && key;
  });
  return checked.filter(Boolean);
}

// A cosignature begins with its time, which it signs too. Source: C2SP tlog-cosignature.
function lineHolds({ type, loaded }, signature, signed) {
  if (type !== "04") return isSigned(loaded, type === "02" ? rawOfDer(signature) : signature, utf8(signed));
  const time = BigInt(`0x${signature.slice(0, 16)}`);
  return time < 2n ** 63n && isSigned(loaded, signature.slice(16), utf8(`cosignature/v1\ntime ${time}\n${signed}`));
}
