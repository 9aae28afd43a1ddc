// The verifier of evidence bundles: the seven checks of format v1 section 7, in their order.

import { Fails, Stops } from "./bytes.js";
import { parseFile } from "./json.js";
import { checkCheckpoint } from "./note.js";
import { checkLog, checkMap } from "./places.js";
import { checkStatement } from "./statement.js";
import { checkStanding } from "./standing.js";
import { checkAncestry, checkOpenings } from "./ancestry.js";

const FILE_BYTES_MAX = 8 * 1024 * 1024;
const CHECKS = [
  ["checkpoint", checkCheckpoint],
  ["log", checkLog],
  ["map", checkMap],
  ["statement", checkStatement],
  ["standing", checkStanding],
  ["ancestry", checkAncestry],
  ["opening", checkOpenings],
];

// Judge a file's bytes. The policy is {asked, logKeys, registrar}: what the verifier knows beforehand.
// `exam` holds what was established, of which only the checks in `held` speak.
export async function verify(bytes, policy) {
  const exam = { policy, unchecked: new Map() };
  const verdict = { outcome: "holds", check: null, leaf: null, why: "", held: [], exam };
  let name = "checkpoint";
  try {
    if (bytes.length > FILE_BYTES_MAX) throw new Stops(`${bytes.length} bytes`);
    exam.bundle = parseFile(bytes);
    for (const [next, check] of CHECKS) {
      name = next;
      await check(exam);
      // After something unchecked, a check that finds nothing wrong does not hold for that.
      if (!exam.unchecked.size) verdict.held.push(name);
    }
  } catch (error) {
    if (error instanceof Fails) return { ...verdict, outcome: "does_not_hold", check: name, leaf: error.leaf, why: error.message };
    // What we did not foresee is no proof of anything: it is never red, and never green.
    return { ...verdict, outcome: "cannot_be_checked", why: error.message, unforeseen: !(error instanceof Stops) };
  }
  if (exam.unchecked.size) {
    const [[leaf, why]] = exam.unchecked;
    return { ...verdict, outcome: "cannot_be_checked", leaf, why };
  }
  return exam.chains.get(policy.asked).length ? verdict : { ...verdict, outcome: "unknown" };
}
