// Whether page and evidence tell the same story.

import { things } from "./ancestry.js";
import { judgeShares, partAt } from "./blends.js";
import { own } from "./head.js";
import { checkpoint } from "./note.js";
import { judgeOmitted } from "./omitted.js";
import { chains, events, leaves } from "./places.js";
import { admissionOf, isShown } from "./shown.js";
import { elements } from "./words.js";

const BACKFILLED_MS = 72 * 3600000;
// What is hidden, struck out, turned round, drawn, or told to a screen's reader alone, is not what was signed; nor are words
// in the form of the platform's own, where it has none.
const ODD =
  ":is([hidden], .visually-hidden) [data-v], :is(.title-page, article section) :is([hidden], [aria-label]:not(svg), img, input, bdo, s, del:not(.particulars *), .visually-hidden:not(caption, a *)), #label ~ :not(dl), :is(.title-page, dl) :is(.note, .paper)";

export const steps = elements(".steps > li");
// Elements that do not say what was signed; steps that cannot be checked; steps that were signed long after they happened.
export const [bad, unsure, late] = [new Set(), new Set(), new Set()];
// The leaves that the page could tell and does not.
export let untold;

export const indexOf = ({ dataset }) => Number(dataset.leaf);

// Every step is a statement of the chains shown and says what it says, and every such statement is a step. `reckon` makes
// what the head may say, by place.
export function compare(reckon) {
  untold = new Set(things.flatMap((uri) => chains[uri]));
  for (const [at, li] of steps.entries()) {
    const index = indexOf(li);
    if (index >= checkpoint.size) unsure.add(li); // the evidence is older than the page
    else if (!untold.delete(index) || leaves[index].id !== li.dataset.statement || !hasItsWords(li, `${at + 1}`)) bad.add(li);
    else if (isLate(leaves[index])) late.add(li);
  }
  // Where page and evidence are of two moments, the head may say otherwise.
  const head = untold.size + unsure.size ? null : reckon();
  const missing = new Set(head && Object.keys(head));
  const told = new Set();
  for (const piece of elements("[data-v]")) {
    const place = piece.dataset.v;
    const { leaf } = piece.closest("[data-leaf], html").dataset;
    if (leaf ? leaf >= checkpoint.size : !head) continue;
    const value = leaf ? saidAt(leaves[leaf], place) : head[place];
    if (!leaf) missing.delete(place);
    told.add(leaf + place);
    if (!isShown(value, place, piece.textContent, leaves[leaf])) bad.add(piece);
  }
  // The head says all that it can, and beside its pieces nothing that could be taken for it.
  if (missing.size) bad.add(elements(".title-page, body").pop());
  refuse(".title-page, #label ~ dl", (one) => /[^\s、]/.test(besides(one)));
  refuse(".title-page dt", (one) => /\d/.test(one.textContent));
  refuse(ODD, Boolean);
  // A fold's line counts the steps behind it, all and by kind; its name is a word for them, and no value.
  refuse(".fold .whole, .fold small", (one) => {
    const [, kind, number] = /^(\D*?) ?(\d+)/.exec(one.textContent) || [];
    const kinds = elements("h3 [data-v$=kind]", one.closest(".fold").nextElementSibling);
    return kinds.filter((piece) => !kind || piece.textContent === kind).length !== Number(number);
  });
  if (elements(".shares").length) judgeShares();
  // A recall, a hold, what a test found and the page does not tell: whether it must is judged where few packets need it.
  const isTold = ({ index }, at) => told.has(`${index}body/daodi:items/${at}/passed`);
  if (events.some((one) => /RECALL|HOLD/.test(own(one, "kind")) || !Object.keys(own(one, "items") || {}).every((at) => isTold(one, at)))) judgeOmitted(isTold);
}

export const refuse = (places, isWrong) => elements(places).filter(isWrong).forEach((one) => bad.add(one));

// What a place leads to in a statement: `by` is its signer's admission, `at` when the ledger took it.
function saidAt(claim, place) {
  if (place.startsWith("parts")) return partAt(claim, place);
  const said = claim?.body && {
    ...claim,
    by: admissionOf(claim),
    at: new Date(claim.ms).toISOString(),
  };
  return memberAt(said, place);
}

export const memberAt = (said, place) => place.split("/").reduce((holder, name) => (holder ?? {})[name], said);

// Kind, signer and time of a step are pieces that are compared, and so is every number; its own is its place.
const hasItsWords = (li, number) => li.dataset["number"] === number && ["h3", "p", "time"].every((place) => li.querySelector(`${place} [data-v]`)) && !/\d/.test(besides(li));

// The text of an element without its pieces, and without what is told of the platform's own.
export function besides(element) {
  const rest = element.cloneNode(true);
  elements("[data-v], .note, .paper, header dt", rest).forEach((one) => one.remove());
  return rest.textContent;
}

const isLate = ({ kind, body, signed_at }) => kind === "event" && Date.parse(signed_at) - Date.parse(body.eventTime) > BACKFILLED_MS;
