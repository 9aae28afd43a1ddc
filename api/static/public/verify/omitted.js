// What speaks against a packet, and what its tests found: where it stands on the chains shown, the page tells it.

import { making, things } from "./ancestry.js";
import { isObject } from "./bytes.js";
import { own } from "./head.js";
import { events } from "./places.js";
import { admissionOf } from "./shown.js";
import { enrolmentOf } from "./standing.js";
import { bad, indexOf, steps, unsure } from "./steps.js";
import { box, words } from "./words.js";

// By kind: its disposition, and the looks of the states that are no better. Of a recall nothing is worse.
const AGAINST = { "RECALL": ["recalled", /alarm/], "HOLD": ["non_sellable_other", /alarm|red|amber/] };

// `isTold` tells whether the page shows the verdict of a test's item. What is of a step alone is judged: where page and
// evidence are of two moments, the one may not know yet what the other does.
export function judgeOmitted(isTold) {
  for (const li of steps) {
    const claim = events.find(({ index }) => index === indexOf(li));
    if (claim?.kind === "event" && (isUnheeded(claim) || isUntested(claim, li, isTold))) bad.add(li);
  }
}

// A recall or hold of somebody whose word counts, which stands, and the state is better.
function isUnheeded(claim) {
  const [disposition, looks] = AGAINST[own(claim, "kind")] || [];
  if (!looks || unsure.size || own(claim, "corrects")) return false;
  const { "set": placed = [], "unset": lifted } = claim.body["persistentDisposition"] || { "set": [disposition] };
  return (
    !lifted &&
    placed.some((term) => term.endsWith(disposition)) &&
    (isSupervisor(claim) || claim.subjects.some((uri) => things.includes(uri) && actorOf(making(uri)) === actorOf(claim))) &&
    !events.some((later) => lifts(later, claim)) &&
    (words.checked.className || /recorded|partly/.test(box.dataset.status) || !looks.test(box.className))
  );
}

// Whoever placed it lifts it, and supervisors do.
const lifts = (later, claim) =>
  later.index > claim.index &&
  own(later, "kind") === own(claim, "kind") &&
  later.body["persistentDisposition"]?.["unset"] &&
  (isSupervisor(later) || actorOf(later) === actorOf(claim));

// An item of a test without its verdict; what strangers who are no laboratory pile up has no table.
function isUntested(claim, li, isTold) {
  const items = own(claim, "items");
  const isPiled = li.closest("#others ~ *") && !isSupervisor(claim) && !hasRole(claim, "laboratory") && !things.some((uri) => actorOf(making(uri)) === actorOf(claim));
  return Array.isArray(items) && !isPiled && !items.filter(isObject).every((row, at) => isTold(claim, at));
}

const hasRole = (claim, role) => admissionOf(claim).roles?.includes(role);
const isSupervisor = (claim) => hasRole(claim, "supervisor");

// Whether a statement rights another: its signer's own, of the same kind.
export const corrects = (claim, other) =>
  other && own(claim, "corrects") === other.id && own(claim, "kind") === own(other, "kind") && actorOf(claim) === actorOf(other);

// Nobody is anybody else.
export const actorOf = ({ key }) => enrolmentOf(key)?.body.actor ?? {};
