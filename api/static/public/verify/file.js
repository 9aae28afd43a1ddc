// The file under examination and what its verifier knows beforehand. One is examined at a time: what a check
// establishes is a binding of its module, which later checks import.

import { attempt, fail, isObject, stop } from "./bytes.js";

const FILE_BYTES_MAX = 8 * 1024 * 1024;

export let bundle;
export let policy;
// Leaves that this phone cannot judge; each tells `why`.
export let unchecked;

// Take a file's bytes: strict UTF-8, no member twice in an object.
export function examine(file, known) {
  [policy, unchecked] = [known, []];
  if (file.length > FILE_BYTES_MAX) stop("the file is too large");
  const isGood = attempt(() => {
    const written = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(file);
    bundle = JSON.parse(written);
    // JSON.parse keeps the last of two members of one name and says nothing: then there are fewer.
    return isObject(bundle) && countMembers(written) === countMembers(JSON.stringify(bundle));
  });
  if (!isGood) fail("the file is no JSON object, or has a member twice");
}

// Outside of texts, a colon stands in every member and nowhere else.
const countMembers = (written) => written.replace(/"(?:[^"\\]|\\.)*"/g, "").split(":").length;
