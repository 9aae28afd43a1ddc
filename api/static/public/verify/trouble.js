// What the page says where not all is as it should be: red, grey, and of what.

import { making, things } from "./ancestry.js";
import { serialOf } from "./asked.js";
import { clock, DAY_MS } from "./clock.js";
import { policy, unchecked } from "./file.js";
import { headOf } from "./head.js";
import { remember } from "./memory.js";
import { checkpoint, cosigned } from "./note.js";
import { doubt, mark, tell, tellSeen } from "./page.js";
import { actorOf, corrects } from "./omitted.js";
import { chains, events, leaves, state } from "./places.js";
import { bad, compare, indexOf, late, steps, unsure, untold } from "./steps.js";
import { judgeSerial } from "./withdrawn.js";
import { box, elements, pins, say, words } from "./words.js";

export function tellTrouble(verdict, known, uri, unit) {
  // The server says that it knows no such pack.
  const isDenied = box.dataset.status === "unknown_code";
  const serial = judgeSteps(verdict, unit, isDenied);
  const warnings = warn(verdict, known, uri);
  if (verdict.held && cosigned.size < pins.quorum) warnings.push(say("witnesses", cosigned.size, pins.quorum));
  listChecks(verdict);
  show(verdict, warnings, serial, isDenied);
}

// Returns what was found of the pack's serial; `unit` is what the address says behind a lot's code.
function judgeSteps({ outcome, leaf }, unit, isDenied) {
  // What was found on the way to green is found again where it counts.
  [bad, unsure, late, untold].forEach((found) => found?.clear());
  if (outcome === "does_not_hold") {
    blame(leaf).forEach((li) => bad.add(li));
    return "";
  }
  if (outcome === "cannot_be_checked") {
    steps.filter(isOpen).forEach((li) => unsure.add(li));
    return "";
  }
  const isAbsent = !chains[policy.asked].length;
  const serial = unit && !isAbsent ? judgeSerial(serialOf(unit)) : "";
  // A page that denies a pack tells nothing of its lot.
  if (!serial || !isDenied) compare(isAbsent ? () => null : headOf);
  // Where a piece is wrong, its step is.
  for (const piece of [...bad].filter(({ dataset }) => "v" in dataset)) {
    const { leaf } = piece.closest("[data-leaf], html").dataset;
    for (const li of steps) if (li.dataset.leaf === leaf || li.contains(piece)) bad.add(li);
  }
  return serial;
}

// The step of the leaf that fails; for a leaf of the registry, the steps of the keys that rest on it; else all.
function blame(leaf) {
  const rests = Object.keys(chains).filter((uri) => chains[uri].includes(leaf)).join(" ");
  const found = [(li) => indexOf(li) === leaf, ({ dataset }) => rests.includes(dataset.key) || rests.includes(dataset.actor)];
  return found.map((isBlamed) => steps.filter(isBlamed)).find((some) => some.length) || steps;
}

// What cannot be checked and is no step may be what a step rests on.
const isOpen = (li) => !unchecked.length || unchecked.some(({ index }) => indexOf(li) === index || !steps.some((step) => indexOf(step) === index));

// What this phone saw before may contradict what it sees now. Only what holds is remembered.
function warn({ held, outcome }, known, uri) {
  const warnings = [];
  const isOther = known.registrar !== pins.registrar;
  if (known.logKeys !== pins.logKeys || isOther) warnings.push(say("keys"));
  const now = held ? checkpoint : {};
  if (known.size > now.size) warnings.push(say("size", known.size, now.size));
  // Two notes of one size and different roots convict a ledger of two histories.
  if (known.size === now.size && known.root !== now.root) warnings.push(say("root"));
  if (outcome !== "holds" && outcome !== "unknown") return warnings;
  // A clock that is wrong makes nothing red, and nothing green.
  if (Math.abs(Date.now() - state.ms) > DAY_MS) return [say("time", clock(state.ms)), ...warnings];
  // The same registrar's chain led to the new keys; a registrar that changed goes on being warned of.
  const { size, root } = known.size >= now.size ? known : now;
  remember(uri, { ...known, ...(isOther ? known : pins), size, root });
  return warnings;
}

function show({ outcome, check, why }, warnings, serial, isDenied) {
  const isUnknown = serial === "unknown";
  // A page that denies the pack has said so; a serial that is withdrawn is not red twice.
  const isNone = !isDenied && (isUnknown || (serial === "voided" && !/red|alarm/.test(box.className)));
  const differs = untold && [...untold].some((index) => index < pins.size);
  const fails = outcome === "does_not_hold" || bad.size || differs || isNone;
  markSteps(fails);
  if (fails) return tellWrong([say(check || (isNone ? serial : "page")), ...warnings]);
  if (outcome === "cannot_be_checked") warnings.unshift(say(why || "other"));
  else if (untold?.size || unsure.size) warnings.push(say("newer"));
  if (warnings.length) return tell("unchecked", [], warnings.join(""));
  if (outcome === "unknown") return tell("absent");
  if (isDenied && serial) return isUnknown ? tell("unissued") : doubt("denied");
  // A step counts no more where its own signer corrects it, and not because the page says so.
  const counted = steps.filter((li) => !("corrected" in li.dataset && events.some((one) => corrects(one, leaves[indexOf(li)]))));
  const after = counted.filter((li) => late.has(li) && isMakers(li.dataset.statement)).length;
  const lines = serial ? say(serial) : "";
  after ? tell("partly", [counted.length - after, after], lines) : tell("checked", [steps.length], lines);
}

function tellWrong(lines) {
  const [step] = steps.filter((li) => bad.has(li));
  if (step) lines.push(say("where", step.id, step.dataset.number));
  // A recall says so in the title already.
  for (const headline of elements(".status-text", words.wrong)) document.title = `${headline.textContent} · ${document.title}`;
  tell("wrong", [], lines.join(""));
}

function markSteps(fails) {
  for (const li of steps) {
    mark(elements("h3", li), bad.has(li) ? "bad" : fails || unsure.has(li) ? "unsure" : "good");
  }
  for (const one of bad) one.classList.add("outlined");
}

// For engineers: which of the seven checks held.
function listChecks({ held, check }) {
  elements("[data-check]").forEach((li, at) => {
    mark([li], at < held ? "held" : li.dataset.check === check ? "failed" : "open");
  });
  if (held > 1) tellSeen();
  for (const seen of elements("#seen")) seen.parentNode.hidden = false;
}

// Whether who made the thing or what it came from signed a statement or its approval: what strangers write down late is not its history.
const isMakers = (id) =>
  events.some((one) => (one.id === id || one.body?.statement === id) && things.some((uri) => actorOf(making(uri)) === actorOf(one)));
