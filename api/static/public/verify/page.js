// The consumer's page checks itself: fetches the evidence after the content shows, and says what held.

import { askedOf } from "./asked.js";
import { recall, remember } from "./memory.js";
import { clock, DAY_MS } from "./shown.js";
import { judgeSteps } from "./steps.js";
import { verify } from "./verify.js";

const phone = document.getElementById("phone");
const box = document.getElementById("status");
// Each sentence is an element, which carries its looks too.
const words = {};
for (const one of phone.content.querySelectorAll("[data-word]")) words[one.dataset.word] = one;

const say = (name, ...values) => values.reduce((line, value) => line.replace("{}", value), words[name].textContent);

async function check() {
  const { origin, logKeys, registrar, size, witnesses, quorum } = phone.dataset;
  const known = recall(origin);
  const { uri, unit } = askedOf(location.pathname, origin);
  if (!window.crypto || !crypto.subtle) return tell("unchecked", [say("insecure")]);
  const answer = await fetch(`/v1/evidence?code=${encodeURIComponent(uri)}`, { cache: "no-store" })
    .then(async (found) => (found.ok ? new Uint8Array(await found.arrayBuffer()) : found))
    .catch(() => null);
  if (!answer) {
    const last = known.checked && known.checked[uri];
    return tell("offline", [], say("offline", last ? clock(last) : say("never")));
  }
  if (!answer.length) return tell("unchecked", [say("server")]);
  const began = performance.now();
  const verdict = await verify(answer, { asked: uri, logKeys: logKeys.split(" "), registrar, witnesses: witnesses.split(" ") });
  const found = judgeSteps(verdict, size, words, unit);
  const warnings = warn(verdict, known, { origin, logKeys, registrar, uri });
  const { checkpoint, cosigned = [] } = verdict.exam;
  if (checkpoint && cosigned.size < quorum) warnings.push(say("unwitnessed", cosigned.size, quorum));
  show(verdict, found, warnings);
  box.dataset.ms = Math.ceil(performance.now() - began);
}

// What this phone saw before may contradict what it sees now. Only what holds is remembered.
function warn({ exam, held, outcome }, known, { origin, logKeys, registrar, uri }) {
  const warnings = [];
  const isOther = known.registrar && known.registrar !== registrar;
  if (known.logKeys && (known.logKeys !== logKeys || isOther)) warnings.push(say("keys"));
  const { size, root } = held.includes("checkpoint") ? exam.checkpoint : { size: Infinity };
  if (known.size > size) warnings.push(say("shrunk", known.size, size));
  // Two notes of one size and different roots convict a ledger of two histories.
  if (known.size === size && known.root && known.root !== root) warnings.push(say("forked"));
  if (outcome !== "holds" && outcome !== "unknown") return warnings;
  // A clock that is wrong makes nothing red, and nothing green.
  if (Math.abs(Date.now() - exam.timeMs) > DAY_MS) return [say("stale", clock(exam.timeMs)), ...warnings];
  // The same registrar's chain led to the new keys; a registrar that changed goes on being warned of.
  const kept = isOther ? { logKeys: known.logKeys, registrar: known.registrar } : { logKeys, registrar };
  const seen = known.size >= size ? { size: known.size, root: known.root || root } : { size, root };
  remember(origin, { ...kept, ...seen, checked: { ...known.checked, [uri]: Date.now() } });
  return warnings;
}

function show(verdict, { bad, unsure, late, counted, total, newer, differs, serial }, warnings) {
  const { outcome, check, why } = verdict;
  const { status } = box.dataset;
  const isDenied = status === "unknown_code" && serial;
  // A serial that is withdrawn is not red twice.
  const isNone = !isDenied && (serial === "unregistered" || (serial === "withdrawn" && !["recalled", "failed", "voided"].includes(status)));
  const fails = outcome === "does_not_hold" || bad.size || differs || isNone;
  for (const li of document.querySelectorAll(".steps > li")) {
    const mark = bad.has(li) ? "bad" : fails || unsure.has(li) ? "unsure" : "good";
    li.querySelector("h3").append(" ", words[mark].cloneNode(true));
  }
  for (const one of bad) one.classList.add("outlined");
  listChecks(verdict);
  const step = [...bad].find(({ id }) => id);
  if (fails) return tell("wrong", [say(check || (isNone ? serial : "page")), ...warnings], say("wrong"), step);
  if (outcome === "cannot_be_checked") warnings.unshift(say(why || "other"));
  else if (newer || unsure.size) warnings.push(say("newer"));
  if (warnings.length) return tell("unchecked", warnings);
  if (outcome === "unknown") return tell("absent", [], say("absent"));
  if (isDenied) return serial === "unregistered" ? tell("absent", [], say("unissued")) : tell("unchecked", [say("denied")]);
  const lines = [say("quality")];
  if (serial === "unit") lines.push(say("unit"));
  if (late) return tell("partly", lines, say("partly", counted - late, late));
  tell("checked", lines, say("checked", total));
}

// A recall, a failed test, a hold stand above green and grey; red stands above all but a recall.
function tell(state, lines, headline, step) {
  const { status } = box.dataset;
  // What the server said when nothing speaks against the thing.
  const isBest = status === "recorded" || status === "partly";
  const isOver = headline && (state === "wrong" ? status !== "recalled" : isBest);
  box.dataset.phone = state;
  if (isOver) {
    const { className, title } = words[state];
    box.className = className;
    box.dataset.status = state;
    box.querySelector(".status-sign").textContent = title;
    box.querySelector(".status-text").textContent = headline;
    box.querySelectorAll("p:not(.status-sign)").forEach((line) => line.remove());
    if (state === "wrong") document.title = `${headline} · ${document.title}`;
    if (state === "offline") lines.push(say("quality"));
  } else if (headline) {
    lines.unshift(headline);
  }
  for (const line of lines) add("p", line, box);
  if (step) add("a", say("where", step.id.replace(/\D/g, "")), add("p", "", box)).href = `#${step.id}`;
}

function add(tag, line, place) {
  const made = document.createElement(tag);
  made.textContent = line;
  return place.appendChild(made);
}

// For engineers: which of the seven checks held.
function listChecks({ held, check, exam }) {
  for (const li of document.querySelectorAll("[data-check]")) {
    const name = li.dataset.check;
    add("b", say(held.includes(name) ? "held" : name === check ? "failed" : "open"), li);
  }
  const seen = document.getElementById("seen");
  if (!seen) return;
  if (held.includes("log")) seen.textContent = say("seen", exam.checkpoint.size, clock(exam.timeMs), exam.cosigned.size);
  seen.parentNode.hidden = false;
}

// What we did not foresee is never red, and never green.
check().catch(() => tell("unchecked", [say("other")]));
