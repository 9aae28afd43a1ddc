// What a verdict says of each step on the page, and whether page and evidence tell the same story.

import { isShown } from "./shown.js";

const BACKFILLED_MS = 72 * 3600000;

// Sets of list items: `bad` do not hold, `unsure` cannot be checked. `pageSize` is the log's when the page was made.
export function judgeSteps({ outcome, exam, leaf }, pageSize, words) {
  const steps = [...document.querySelectorAll(".steps > li")].map((li) => ({ li, index: Number(li.dataset.leaf), id: li.dataset.statement }));
  const found = { bad: new Set(), unsure: new Set(), late: 0, counted: 0, total: steps.length, newer: false, differs: false };
  if (outcome === "does_not_hold") {
    blame(steps, exam, leaf).forEach(({ li }) => found.bad.add(li));
  } else if (outcome === "cannot_be_checked") {
    steps.filter((step) => isOpen(exam, steps, step)).forEach(({ li }) => found.unsure.add(li));
  } else {
    compare(steps, exam, Number(pageSize), found, words);
  }
  return found;
}

// The step of the leaf that fails; for a leaf of the registry, the steps of the keys that rest on it;
// without a leaf, the steps that the evidence does not tell.
function blame(steps, { bundle = {}, chains = new Map() }, leaf) {
  const own = steps.filter((step) => step.index === leaf);
  if (own.length) return own;
  if (leaf === null) return steps.filter((step) => !(step.id in (bundle.statements || {})));
  const rests = [...chains.keys()].filter((uri) => chains.get(uri).includes(leaf)).join(" ");
  const found = steps.filter(({ li }) => rests.includes(li.dataset.key) || rests.includes(li.dataset.actor));
  return found.length ? found : steps; // on the ledger's own chain rest all
}

// What cannot be checked and is no step may be what a step rests on.
const isOpen = ({ unchecked }, steps, { index }) =>
  unchecked.has(index) || !unchecked.size || [...unchecked.keys()].some((one) => !steps.some((step) => step.index === one));

// Every step is a statement of the chains shown and says what it says, and every such statement is a step.
function compare(steps, exam, pageSize, found, words) {
  const told = new Set([].concat(...exam.things.map((uri) => exam.chains.get(uri))));
  for (const { li, index, id } of steps) {
    if (index >= exam.checkpoint.size) found.unsure.add(li); // the evidence is older than the page
    else if (!told.delete(index) || exam.leaves.get(index).id !== id || !hasItsWords(li)) found.bad.add(li);
    else if (!("corrected" in li.dataset)) count(exam.claims.get(index), found);
  }
  for (const piece of document.querySelectorAll("[data-v]")) {
    const leaf = Number(piece.closest("[data-leaf]").dataset.leaf);
    const isNew = leaf >= exam.checkpoint.size;
    if (isNew || isShown(exam, leaf, piece.dataset.v, piece.textContent, words)) continue;
    found.differs = true;
    for (const { li, index } of steps) if (index === leaf || li.contains(piece)) found.bad.add(li);
  }
  for (const index of told) found[index < pageSize ? "differs" : "newer"] = true;
}

// Kind, signer and time of a step are pieces that are compared, and so is every number.
function hasItsWords(li) {
  const rest = li.cloneNode(true);
  const isWhole = ["h3", "p", "time"].every((place) => li.querySelector(`${place} [data-v]`));
  rest.querySelectorAll("[data-v], .note, .paper").forEach((one) => one.remove());
  return isWhole && !/\d/.test(rest.textContent);
}

function count({ kind, body, signed_at }, found) {
  found.counted += 1;
  if (kind === "event" && Date.parse(signed_at) - Date.parse(body.eventTime) > BACKFILLED_MS) found.late += 1;
}
