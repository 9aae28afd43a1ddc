// What a verdict says of each step on the page, and whether page and evidence tell the same story.

import { making, things } from "./ancestry.js";
import { serialOf } from "./asked.js";
import { policy, unchecked } from "./file.js";
import { headOf, judgeSerial, partsOf } from "./head.js";
import { checkpoint } from "./note.js";
import { chains, events, leaves } from "./places.js";
import { admissionOf, isShown } from "./shown.js";
import { enrolmentOf } from "./standing.js";
import { elements, isDenied } from "./words.js";

const BACKFILLED_MS = 72 * 3600000;

export const steps = elements(".steps > li");
// Elements that do not hold, and steps that cannot be checked.
export const bad = new Set();
export const unsure = new Set();
// Of the steps that are told and count: how many, and how many of them its makers signed late.
export let [counted, late] = [0, 0];
// The page leaves out steps that it could tell; the evidence has steps that are newer than the page.
export let [differs, newer] = [false, false];
// What was found of the pack's serial.
export let serial;

// `pageSize` is the log's when the page was made, `unit` what the address says behind a lot's code.
export function judgeSteps({ outcome, leaf }, pageSize, unit) {
  if (outcome === "does_not_hold") {
    blame(leaf).forEach((li) => bad.add(li));
  } else if (outcome === "cannot_be_checked") {
    steps.filter(isOpen).forEach((li) => unsure.add(li));
  } else {
    if (unit && chains[policy.asked].length) serial = judgeSerial(serialOf(unit));
    // A page that denies a pack tells nothing of its lot.
    if (!serial || !isDenied) compare(pageSize);
  }
}

const indexOf = ({ dataset }) => Number(dataset.leaf);

// The step of the leaf that fails; for a leaf of the registry, the steps of the keys that rest on it; else all.
function blame(leaf) {
  const rests = Object.keys(chains).filter((uri) => chains[uri].includes(leaf)).join(" ");
  const found = [(li) => indexOf(li) === leaf, ({ dataset }) => rests.includes(dataset.key) || rests.includes(dataset.actor)];
  return found.map((isBlamed) => steps.filter(isBlamed)).find((some) => some.length) || steps;
}

// What cannot be checked and is no step may be what a step rests on.
const isOpen = (li) => !unchecked.length || unchecked.some(({ index }) => indexOf(li) === index || !steps.some((step) => indexOf(step) === index));

// Every step is a statement of the chains shown and says what it says, and every such statement is a step.
function compare(pageSize) {
  const told = new Set(things.flatMap((uri) => chains[uri]));
  const isAbsent = !told.size;
  for (const li of steps) {
    const index = indexOf(li);
    if (index >= checkpoint.size) unsure.add(li); // the evidence is older than the page
    else if (!told.delete(index) || leaves[index].id !== li.dataset.statement || !hasItsWords(li)) bad.add(li);
    else if (!("corrected" in li.dataset)) count(leaves[index]);
  }
  for (const index of told) index < pageSize ? (differs = true) : (newer = true);
  // Where page and evidence are of two moments, the head may say otherwise.
  const head = isAbsent || newer || unsure.size ? null : headOf();
  const missing = new Set(Object.keys(head || {}).filter((place) => head[place] !== undefined));
  for (const piece of elements("[data-v]")) {
    const place = piece.dataset.v;
    const { leaf } = piece.closest("[data-leaf]")?.dataset || {};
    if (leaf ? leaf >= checkpoint.size : !head) continue;
    const value = leaf ? saidAt(leaves[leaf], place) : head[place];
    if (!leaf) missing.delete(place);
    if (isShown(value, place, piece.textContent, leaves[leaf])) continue;
    bad.add(piece);
    for (const li of steps) if (li.dataset.leaf === leaf || li.contains(piece)) bad.add(li);
  }
  // The head says all that it can, and beside its pieces nothing that could be taken for it.
  if (missing.size) bad.add(elements(".title-page, body").pop());
  refuse(".title-page h1, .title-page dd, .shares b, #label ~ dl", (one) => /[^\s、]/.test(besides(one)));
  refuse(".title-page, .shares", (one) => /\d/.test(besides(one)));
  // A fold's line counts the steps behind it, all and by kind; its name is a word for them, and no value.
  refuse(".fold .whole, .fold small", (one) => {
    const [, kind, number] = /^(\D*?) ?(\d+)/.exec(one.textContent) || [];
    const kinds = elements("h3 [data-v$=kind]", one.closest(".fold").nextElementSibling);
    return kinds.filter((piece) => !kind || piece.textContent === kind).length !== Number(number);
  });
  refuse(".shares", ({ children, dataset }) => children.length !== leaves[dataset.leaf]?.inputs.length);
}

const refuse = (places, isWrong) => elements(places).filter(isWrong).forEach((one) => bad.add(one));

// What a place leads to in a statement: `by` is its signer's admission, `at` when the ledger took it.
function saidAt(claim, place) {
  const said = claim?.body && {
    ...claim,
    by: admissionOf(claim),
    at: new Date(claim.ms).toISOString(),
    parts: place.startsWith("parts") && partsOf(claim, claim.outputs.find((uri) => things.includes(uri))),
  };
  return place.split("/").reduce((holder, name) => (holder ?? {})[name], said);
}

// Kind, signer and time of a step are pieces that are compared, and so is every number.
const hasItsWords = (li) => ["h3", "p", "time"].every((place) => li.querySelector(`${place} [data-v]`)) && !/\d/.test(besides(li));

// The text of an element without its pieces, and without what is told of the platform's own.
function besides(element) {
  const rest = element.cloneNode(true);
  elements("[data-v], .note, .paper", rest).forEach((one) => one.remove());
  return rest.textContent;
}

function count({ id, kind, body, signed_at }) {
  counted += 1;
  if (kind === "event" && Date.parse(signed_at) - Date.parse(body.eventTime) > BACKFILLED_MS && isMakers(id)) late += 1;
}

// Whether who made the thing or what it came from signed a statement or its approval: what strangers write down late is not its history.
const isMakers = (id) =>
  events.some((one) => (one.id === id || one.body?.statement === id) && things.some((uri) => actorOf(making(uri)) === actorOf(one)));
// Nobody is anybody else.
const actorOf = ({ key }) => enrolmentOf(key)?.body.actor ?? {};
