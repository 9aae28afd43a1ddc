// The verifier of evidence bundles: the seven checks of format v1 section 7, in their order.

import { stop } from "./bytes.js";
import { parseFile } from "./json.js";
import { checkCheckpoint } from "./note.js";
import { checkLog, checkMap } from "./places.js";
import { checkStatement } from "./statement.js";
import { checkStanding } from "./standing.js";
import { checkAncestry, checkOpenings } from "./ancestry.js";

const FILE_BYTES_MAX = 8 * 1024 * 1024;
export const CHECKS = ["checkpoint", "log", "map", "statement", "standing", "ancestry", "opening"];
const MADE_BY = [checkCheckpoint, checkLog, checkMap, checkStatement, checkStanding, checkAncestry, checkOpenings];

// Judge a file's bytes. The policy is {asked, logKeys, registrar, witnesses}: what the verifier knows beforehand.
// `exam` holds what was established, of which only the checks in `held` speak.
export async function verify(file, policy) {
  const exam = { policy, unchecked: new Map() };
  const verdict = { outcome: "holds", check: null, leaf: null, why: "", held: [], exam };
  let at = 0;
  try {
    if (file.length > FILE_BYTES_MAX) stop("the file is too large");
    exam.bundle = parseFile(file);
    for (; at < CHECKS.length; at++) {
      await MADE_BY[at](exam);
      // After something unchecked, a check that finds nothing wrong does not hold for that.
      if (!exam.unchecked.size) verdict.held.push(CHECKS[at]);
    }
  } catch (error) {
    if (error.fails) return { ...verdict, outcome: "does_not_hold", check: CHECKS[at], leaf: error.leaf };
    // What we did not foresee is no proof of anything: it is never red, and never green.
    return { ...verdict, outcome: "cannot_be_checked", unforeseen: !error.stops };
  }
  const [[leaf, why] = []] = exam.unchecked;
  if (why) return { ...verdict, outcome: "cannot_be_checked", leaf, why };
  return exam.chains.get(policy.asked).length ? verdict : { ...verdict, outcome: "unknown" };
}
