// The verifier of evidence bundles: the seven checks of format v1 section 7, in their order.

import { checkAncestry, checkOpenings } from "./ancestry.js";
import { examine, policy, unchecked } from "./file.js";
import { checkCheckpoint } from "./note.js";
import { chains, checkLog, checkMap } from "./places.js";
import { checkStanding } from "./standing.js";
import { checkStatement } from "./statement.js";

const CHECKS = {
  "checkpoint": checkCheckpoint,
  "log": checkLog,
  "map": checkMap,
  "statement": checkStatement,
  "standing": checkStanding,
  "ancestry": checkAncestry,
  "opening": checkOpenings,
};

// Judge a file's bytes. The policy is {asked, logKeys, registrar, witnesses}: texts that the verifier knows beforehand.
// `held` counts the first checks, which hold: of what the others establish nothing is proved.
export async function verify(file, known) {
  const verdict = { outcome: "cannot_be_checked", check: null, leaf: null, held: 0 };
  let check = "checkpoint";
  try {
    examine(file, known);
    for (check in CHECKS) {
      await CHECKS[check]();
      // After something unchecked, a check that finds nothing wrong does not hold for that.
      if (!unchecked.length) verdict.held += 1;
    }
  } catch (error) {
    if (error.fails) return { ...verdict, outcome: "does_not_hold", check, leaf: error.leaf };
    // What we did not foresee is no proof of anything: it is never red, and never green.
    return { ...verdict, error };
  }
  const [{ index, why } = {}] = unchecked;
  if (why) return { ...verdict, leaf: index, why };
  return { ...verdict, outcome: chains[policy.asked].length ? "holds" : "unknown" };
}
