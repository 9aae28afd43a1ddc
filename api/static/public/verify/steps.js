// What a verdict says of each step on the page, and whether page and evidence tell the same story.

import { signers } from "./ancestry.js";
import { LEDGER } from "./bodies.js";

const BACKFILLED_MS = 72 * 3600000;

// Sets of list items: `bad` do not hold, `unsure` cannot be checked. `pageSize` is the log's when the page was made.
export function judgeSteps(verdict, pageSize) {
  const { outcome, exam, leaf } = verdict;
  const steps = [...document.querySelectorAll(".steps > li")].map((li) => ({ li, index: Number(li.dataset.leaf), id: li.dataset.statement }));
  const found = { bad: new Set(), unsure: new Set(), late: 0, counted: 0, total: steps.length, newer: false, withheld: false };
  if (outcome === "does_not_hold") {
    blame(steps, exam, leaf).forEach((step) => found.bad.add(step.li));
  } else if (outcome === "cannot_be_checked") {
    steps.filter((step) => isOpen(exam, step)).forEach((step) => found.unsure.add(step.li));
  } else {
    compare(steps, exam, Number(pageSize), found);
  }
  return found;
}

// The step of the leaf that fails; for a leaf of the registry, the steps of the keys that rest on it;
// without a leaf, the steps that the evidence does not tell.
function blame(steps, { bundle, chains }, leaf) {
  const own = steps.filter((step) => step.index === leaf);
  if (own.length || !bundle) return own;
  const statements = Object.entries(bundle.statements || {});
  if (leaf === null) return steps.filter((step) => !statements.some(([id]) => id === step.id));
  const rests = [...(chains || [])].filter(([, chain]) => chain.includes(leaf)).map(([uri]) => uri);
  const texts = statements.map(([, { payload }]) => String(payload));
  const enrolments = texts.filter((payload) => payload.includes('"kind":"key.enrol"') && rests.some((uri) => payload.includes(`"${uri}`)));
  const found = steps.filter((step) => [...rests, ...enrolments].some((text) => text.includes(step.li.dataset.key)));
  return found.length ? found : steps; // on the ledger's own chain rest all
}

function isOpen(exam, { index }) {
  const leaf = exam.leaves && exam.leaves.get(index);
  if (!leaf || !exam.enrolled) return true;
  const rests = [...signers(exam, leaf), LEDGER + exam.checkpoint.origin].map((uri) => exam.chains.get(uri) || []);
  return [index, ...[].concat(...rests)].some((one) => exam.unchecked.has(one));
}

// Every step is a statement of the chains shown, and every such statement is a step.
function compare(steps, exam, pageSize, found) {
  const told = new Set([].concat(...exam.things.map((uri) => exam.chains.get(uri))));
  for (const { li, index, id } of steps) {
    if (index >= exam.checkpoint.size) found.unsure.add(li); // the evidence is older than the page
    else if (!told.delete(index) || exam.leaves.get(index).id !== id) found.bad.add(li);
    else if (!("corrected" in li.dataset)) count(exam.claims.get(index), found);
  }
  for (const index of told) {
    if (index >= pageSize) found.newer = true;
    else found.withheld = true;
  }
}

function count({ kind, body, signed_at }, found) {
  found.counted += 1;
  if (kind === "event" && Date.parse(signed_at) - Date.parse(body.eventTime) > BACKFILLED_MS) found.late += 1;
}
