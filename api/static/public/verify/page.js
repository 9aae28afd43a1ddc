// The consumer's page checks itself: fetches the evidence after the content shows, and says what held.
// What few packets need lies in modules that the page's first script lacks: where one is called, or anything
// is not as it should be, the whole script comes and begins anew.

import { askedOf, serialOf } from "./asked.js";
import { clock, DAY_MS } from "./clock.js";
import { headOf, isIssued } from "./head.js";
import { recall, remember } from "./memory.js";
import { checkpoint, cosigned } from "./note.js";
import { state } from "./places.js";
import { bad, compare, late, steps, unsure, untold } from "./steps.js";
import { tellTrouble } from "./trouble.js";
import { verify } from "./verify.js";
import { box, elements, pins, say, words } from "./words.js";

// Where the whole script lies, which knows no other.
const { whole } = pins;
delete pins.whole;

async function check() {
  const { uri, unit } = askedOf(location.pathname, pins.origin);
  const known = { ...pins, size: 0, ...recall() };
  if (!crypto.subtle) return doubt("crypto");
  const answer = await fetch(`/v1/evidence?code=${encodeURIComponent(uri)}`, { cache: "no-store" })
    .then(async (found) => (found.ok ? new Uint8Array(await found.arrayBuffer()) : []))
    .catch(() => null);
  if (!answer) {
    const last = known.checked?.[uri];
    return tell("offline", [last ? clock(last) : say("never")]);
  }
  if (!answer.length) return doubt("server");
  const began = performance.now();
  const verdict = await verify(answer, { ...pins, asked: uri });
  if (verdict.outcome === "holds" && isGood(known, unit)) {
    remember(uri, { ...known, ...pins, ...checkpoint });
    mark(elements(".steps h3"), "good");
    mark(elements("[data-check]"), "held");
    tellSeen();
    tell("checked", [steps.length], unit && say("unit"));
  } else tellTrouble(verdict, known, uri, unit);
  box.dataset.ms = Math.ceil(performance.now() - began);
}

// Nothing on the page, in what this phone remembers, in its clock, among the witnesses speaks against what holds.
function isGood({ registrar, logKeys, size, root }, unit) {
  compare(headOf);
  const isSame = registrar === pins.registrar && logKeys === pins.logKeys && (size < checkpoint.size || root === checkpoint.root);
  const isFresh = Math.abs(Date.now() - state.ms) <= DAY_MS && cosigned.size >= pins.quorum;
  return isSame && isFresh && !(bad.size + unsure.size + untold.size + late.size) && (!unit || isIssued(serialOf(unit)));
}

// The state's own sentences with these values, and lines below them. Where they may stand in the place of what the server
// says they have a look: a recall, a failed test, a hold stand above green and grey; red stands above all but a recall.
export function tell(state, values = [], lines = "") {
  const { className } = words[state];
  box.dataset.phone = state;
  if (className) {
    box.className = className;
    box.dataset.status = state;
    box.textContent = "";
  }
  box.insertAdjacentHTML("beforeend", say(state, ...values) + lines);
}

export const doubt = (name) => tell("unchecked", [], say(name));

export const mark = (places, name) => places.forEach((one) => one.append(" ", words[name].cloneNode(true)));

// For engineers: which ledger was checked.
export function tellSeen() {
  for (const seen of elements("#seen")) {
    seen.innerHTML = say("seen", checkpoint.size, clock(state.ms), cosigned.size);
    seen.parentNode.hidden = false;
  }
}

// What we did not foresee is never red, and never green.
check()
  .catch(() => import(whole))
  .catch(() => doubt("other"));
