// The consumer's page checks itself: fetches the evidence after the content shows, and says what held.

import { askedOf } from "./asked.js";
import { clock, DAY_MS } from "./clock.js";
import { recall, remember } from "./memory.js";
import { checkpoint, cosigned } from "./note.js";
import { state } from "./places.js";
import { bad, counted, differs, judgeSteps, late, newer, serial, steps, unsure } from "./steps.js";
import { verify } from "./verify.js";
import { box, elements, isDenied, phone, say, status, words } from "./words.js";

const pins = phone.dataset;
const doubt = (...lines) => tell("unchecked", [], lines);

async function check() {
  const known = recall(pins.origin);
  const { uri, unit } = askedOf(location.pathname, pins.origin);
  if (!window.crypto?.subtle) return doubt(say("crypto"));
  const answer = await fetch(`/v1/evidence?code=${encodeURIComponent(uri)}`, { cache: "no-store" })
    .then(async (found) => (found.ok ? new Uint8Array(await found.arrayBuffer()) : []))
    .catch(() => null);
  if (!answer) {
    const last = known.checked?.[uri];
    return tell("offline", [last ? clock(last) : say("never")]);
  }
  if (!answer.length) return doubt(say("server"));
  const began = performance.now();
  const verdict = await verify(answer, { ...pins, asked: uri });
  judgeSteps(verdict, pins.size, unit);
  const warnings = warn(verdict, known, uri);
  if (verdict.held && cosigned.size < pins.quorum) warnings.push(say("witnesses", cosigned.size, pins.quorum));
  show(verdict, warnings);
  box.dataset.ms = Math.ceil(performance.now() - began);
}

// What this phone saw before may contradict what it sees now. Only what holds is remembered.
function warn({ held, outcome }, known, uri) {
  const warnings = [];
  const isOther = known.registrar && known.registrar !== pins.registrar;
  if (known.logKeys && (known.logKeys !== pins.logKeys || isOther)) warnings.push(say("keys"));
  const now = held ? checkpoint : {};
  if (known.size > now.size) warnings.push(say("size", known.size, now.size));
  // Two notes of one size and different roots convict a ledger of two histories.
  if (known.size === now.size && known.root !== now.root) warnings.push(say("root"));
  if (outcome !== "holds" && outcome !== "unknown") return warnings;
  // A clock that is wrong makes nothing red, and nothing green.
  if (Math.abs(Date.now() - state.ms) > DAY_MS) return [say("time", clock(state.ms)), ...warnings];
  // The same registrar's chain led to the new keys; a registrar that changed goes on being warned of.
  const { logKeys, registrar } = isOther ? known : pins;
  const { size, root } = known.size >= now.size ? known : now;
  remember(pins.origin, { logKeys, registrar, size, root, checked: { ...known.checked, [uri]: Date.now() } });
  return warnings;
}

function show({ outcome, held, check, why }, warnings) {
  const isUnknown = serial === "unknown";
  // A page that denies the pack has said so; a serial that is withdrawn is not red twice.
  const isNone = !isDenied && (isUnknown || (serial === "voided" && !["recalled", "failed", "voided"].includes(status)));
  const fails = outcome === "does_not_hold" || bad.size || differs || isNone;
  for (const li of steps) {
    mark(elements("h3", li)[0], bad.has(li) ? "bad" : fails || unsure.has(li) ? "unsure" : "good");
  }
  for (const one of bad) one.classList.add("outlined");
  listChecks(held, check);
  if (fails) return tell("wrong", [], [say(check || (isNone ? serial : "page")), ...warnings], [...bad].find(({ id }) => id));
  if (outcome === "cannot_be_checked") warnings.unshift(say(why || "other"));
  else if (newer || unsure.size) warnings.push(say("newer"));
  if (warnings.length) return doubt(...warnings);
  if (outcome === "unknown") return tell("absent");
  if (isDenied && serial) return isUnknown ? tell("unissued") : doubt(say("denied"));
  const lines = [say("quality")];
  if (serial) lines.push(say(serial));
  late ? tell("partly", [counted - late, late], lines) : tell("checked", [steps.length], lines);
}

// The state's own sentence with these values, and lines below it. A recall, a failed test, a hold stand above green and
// grey; red stands above all but a recall.
function tell(state, values = [], lines = [], step) {
  const headline = words[state] && say(state, ...values);
  // What the server said when nothing speaks against the thing.
  const isBest = status === "recorded" || status === "partly";
  box.dataset.phone = state;
  if (headline && (state === "wrong" ? status !== "recalled" : isBest)) {
    const { className, title } = words[state];
    box.className = className;
    box.dataset.status = state;
    elements(".status-sign", box)[0].textContent = title;
    elements(".status-text", box)[0].textContent = headline;
    elements("p:not(.status-sign)", box).forEach((line) => line.remove());
    if (state === "wrong") document.title = `${headline} · ${document.title}`;
    if (state === "offline") lines.push(say("quality"));
  } else if (headline) {
    lines.unshift(headline);
  }
  for (const line of lines) add("p", line, box);
  if (step) add("a", say("where", step.id.replace(/\D/g, "")), add("p", "", box)).href = `#${step.id}`;
}

const mark = (place, name) => place.append(" ", words[name].cloneNode(true));

function add(tag, line, place) {
  const made = document.createElement(tag);
  made.textContent = line;
  return place.appendChild(made);
}

// For engineers: which of the seven checks held.
function listChecks(held, check) {
  elements("[data-check]").forEach((li, at) => {
    mark(li, at < held ? "held" : li.dataset.check === check ? "failed" : "open");
  });
  const [seen] = elements("#seen");
  if (!seen) return;
  if (held > 1) seen.textContent = say("seen", checkpoint.size, clock(state.ms), cosigned.size);
  seen.parentNode.hidden = false;
}

// What we did not foresee is never red, and never green.
check().catch(() => doubt(say("other")));
