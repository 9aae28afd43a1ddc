// What a verdict says of each step on the page, and whether page and evidence tell the same story.

import { serialOf } from "./asked.js";
import { headOf, judgeSerial, partsOf } from "./head.js";
import { admissionOf, isShown } from "./shown.js";

const BACKFILLED_MS = 72 * 3600000;

// Sets of elements: `bad` do not hold, `unsure` cannot be checked. `pageSize` is the log's when the page was made,
// `unit` what the address says behind a lot's code; `serial` tells what was found of it.
export function judgeSteps({ outcome, exam, leaf }, pageSize, words, unit) {
  const steps = [...document.querySelectorAll(".steps > li")].map((li) => ({ li, index: Number(li.dataset.leaf), id: li.dataset.statement }));
  const found = { bad: new Set(), unsure: new Set(), late: 0, counted: 0, total: steps.length, newer: false, differs: false };
  if (outcome === "does_not_hold") {
    blame(steps, exam, leaf).forEach(({ li }) => found.bad.add(li));
  } else if (outcome === "cannot_be_checked") {
    steps.filter((step) => isOpen(exam, steps, step)).forEach(({ li }) => found.unsure.add(li));
  } else {
    if (unit && exam.chains.get(exam.policy.asked).length) found.serial = judgeSerial(exam, serialOf(unit));
    // A page that denies a pack tells nothing of its lot.
    const isDenied = found.serial && document.querySelector("[data-status=unknown_code]");
    if (!isDenied) compare(steps, exam, Number(pageSize), found, words);
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
  const told = new Set(exam.things.flatMap((uri) => exam.chains.get(uri)));
  const isAbsent = !told.size;
  for (const { li, index, id } of steps) {
    if (index >= exam.checkpoint.size) found.unsure.add(li); // the evidence is older than the page
    else if (!told.delete(index) || exam.leaves.get(index).id !== id || !hasItsWords(li)) found.bad.add(li);
    else if (!("corrected" in li.dataset)) count(exam.claims.get(index), found);
  }
  for (const index of told) found[index < pageSize ? "differs" : "newer"] = true;
  // Where page and evidence are of two moments, the head may say otherwise.
  const head = isAbsent || found.newer || found.unsure.size ? null : headOf(exam, words);
  const missing = new Set(Object.keys(head || {}).filter((place) => head[place] !== undefined));
  for (const piece of document.querySelectorAll("[data-v]")) {
    const place = piece.dataset.v;
    const leaf = Number(piece.closest("[data-leaf]")?.dataset.leaf ?? -1);
    if (leaf < 0 ? !head : leaf >= exam.checkpoint.size) continue;
    const claim = exam.claims.get(leaf);
    const value = leaf < 0 ? head[place] : saidAt(exam, claim, place, words);
    if (leaf < 0) missing.delete(place);
    if (isShown(value, place, piece.textContent, words, claim)) continue;
    found.bad.add(piece);
    for (const { li, index } of steps) if (index === leaf || li.contains(piece)) found.bad.add(li);
  }
  // The head says all that it can, and beside its pieces nothing that could be taken for it.
  if (missing.size) {
    found.differs = true;
    document.querySelector(".title-page")?.classList.add("outlined");
  }
  for (const [places, sign] of [[".title-page h1, .title-page dd, .shares b, #label ~ dl", /[^\s、]/], [".title-page, .shares", /\d/]]) {
    for (const one of document.querySelectorAll(places)) if (sign.test(besides(one))) found.bad.add(one);
  }
  // A fold's line counts the steps behind it, all and by kind; its name is a word for them, and no value.
  for (const one of document.querySelectorAll(".fold .whole, .fold small")) {
    const [, kind, count] = /^(\D*?) ?(\d+)/.exec(one.textContent) || [];
    const kinds = [...one.closest(".fold").nextElementSibling.querySelectorAll("h3 [data-v$=kind]")];
    if (kinds.filter((piece) => !kind || piece.textContent === kind).length !== Number(count)) found.bad.add(one);
  }
  for (const list of document.querySelectorAll(".shares")) {
    if (list.children.length !== exam.claims.get(Number(list.dataset.leaf))?.inputs.length) found.bad.add(list);
  }
}

// What a place leads to in a statement: `by` is its signer's admission, `at` when the ledger took it.
function saidAt(exam, claim, place, words) {
  const said = claim && {
    ...claim,
    by: admissionOf(exam, claim),
    at: new Date(exam.leaves.get(claim.index).ms).toISOString(),
    parts: place.startsWith("parts") && partsOf(exam, words, claim, claim.outputs.find((uri) => exam.things.includes(uri))),
  };
  return place.split("/").reduce((holder, name) => (holder ?? {})[name], said);
}

// Kind, signer and time of a step are pieces that are compared, and so is every number.
const hasItsWords = (li) => ["h3", "p", "time"].every((place) => li.querySelector(`${place} [data-v]`)) && !/\d/.test(besides(li));

// The text of an element without its pieces, and without what is told of the platform's own.
function besides(element) {
  const rest = element.cloneNode(true);
  rest.querySelectorAll("[data-v], .note, .paper").forEach((one) => one.remove());
  return rest.textContent;
}

function count({ kind, body, signed_at }, found) {
  found.counted += 1;
  if (kind === "event" && Date.parse(signed_at) - Date.parse(body.eventTime) > BACKFILLED_MS) found.late += 1;
}
