// The verifier of evidence bundles: the seven checks of format v1 section 7, in their order.

import { checkAncestry } from "./ancestry.js";
import { entries } from "./bytes.js";
import { bundle, examine, policy, unchecked } from "./file.js";
import { checkCheckpoint } from "./note.js";
import { checkOpening } from "./opening.js";
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
  "opening": async () => {
    for (const one of entries(bundle.openings, "openings")) await checkOpening(one);
  },
};

// Judge a file's bytes. The policy is {asked, logKeys, registrar, witnesses}: texts that the verifier knows beforehand.
// `held` counts the first checks, which hold: of what the others establish nothing is proved.
export async function verify(file, known) {
  const verdict = { outcome: "cannot_be_checked", held: 0 };
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
  const [{ index: leaf, why } = {}] = unchecked;
  return why ? { ...verdict, leaf, why } : { ...verdict, outcome: chains[policy.asked].length ? "holds" : "unknown" };
}
