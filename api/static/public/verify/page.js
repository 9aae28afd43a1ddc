// The consumer's page checks itself: fetches the evidence after the content shows, and says what held.

import { askedOf } from "./asked.js";
import { recall, remember } from "./memory.js";
import { judgeSteps } from "./steps.js";
import { verify } from "./verify.js";

const DAY_MS = 86400000;
const phone = document.getElementById("phone");
const box = document.getElementById("status");
const words = {};
for (const one of phone.content.querySelectorAll("[data-word]")) words[one.dataset.word] = one.textContent;

const say = (name, ...values) => values.reduce((sentence, value) => sentence.replace("{}", value), words[name]);
const clock = (ms) => new Date(ms + DAY_MS / 3).toISOString().slice(0, 16).replace("T", " "); // China's time

async function check() {
  const { origin, logKeys, registrar } = phone.dataset;
  const known = recall(origin);
  const { code, uri } = askedOf(location.pathname, origin);
  if (!window.crypto || !crypto.subtle) return tell("unchecked", [words.insecure]);
  let answer;
  try {
    answer = await fetch(`/v1/evidence?code=${encodeURIComponent(code)}`, { cache: "no-store" });
    if (!answer.ok) return tell("unchecked", [words.server]);
    answer = new Uint8Array(await answer.arrayBuffer());
  } catch (error) {
    const last = known.checked && known.checked[uri];
    return tell("offline", [], say("offline", last ? clock(last) : words.never));
  }
  const began = performance.now();
  const verdict = await verify(answer, { asked: uri, logKeys: logKeys.split(" "), registrar });
  const found = judgeSteps(verdict, phone.dataset.size);
  const warnings = warn(verdict, known, { origin, logKeys, registrar, uri });
  show(verdict, found, warnings);
  box.dataset.ms = Math.ceil(performance.now() - began);
}

// What this phone saw before may contradict what it sees now. Only what holds is remembered.
function warn(verdict, known, { origin, logKeys, registrar, uri }) {
  const warnings = [];
  const { exam, held, outcome } = verdict;
  const changed = known.logKeys && (known.logKeys !== logKeys || known.registrar !== registrar);
  if (changed) warnings.push(words.keys);
  const size = held.includes("checkpoint") ? exam.checkpoint.size : Infinity;
  if (known.size > size) warnings.push(say("shrunk", known.size, size));
  if (outcome !== "holds") return warnings;
  if (Date.now() - exam.timeMs > DAY_MS) return [say("stale", clock(exam.timeMs)), ...warnings];
  const checked = { ...known.checked, [uri]: Date.now() };
  // The same registrar's chain led to the new keys; a registrar that changed goes on being warned of.
  const kept = known.registrar && known.registrar !== registrar ? known : { logKeys, registrar };
  remember(origin, { logKeys: kept.logKeys, registrar: kept.registrar, size: Math.max(known.size || 0, size), checked });
  return warnings;
}

function show(verdict, { bad, unsure, late, counted, total, newer, withheld }, warnings) {
  const { outcome, check, why } = verdict;
  const fails = outcome === "does_not_hold" || bad.size > 0 || withheld;
  for (const li of document.querySelectorAll(".steps > li")) {
    mark(li, bad.has(li) ? "bad" : fails || unsure.has(li) ? "unsure" : "good");
  }
  listChecks(verdict);
  if (fails) {
    const lines = [words[check] || words.page, ...warnings];
    tell("wrong", lines, words.wrong, bad.values().next().value);
  } else if (outcome !== "holds") {
    tell("unchecked", [words[why] || words.other, ...warnings]);
  } else if (warnings.length || unsure.size || newer) {
    tell("unchecked", [...warnings, ...(newer || unsure.size ? [words.newer] : [])]);
  } else if (late) {
    tell("partly", [words.quality], say("partly", counted - late, late));
  } else {
    tell("checked", [words.quality], say("checked", total));
  }
}

function mark(li, name) {
  const tag = document.createElement("span");
  tag.className = `tag ${{ good: "is-green", bad: "is-red", unsure: "" }[name]}`;
  tag.textContent = words[name];
  li.querySelector("h3").append(" ", tag);
  if (name === "bad") li.classList.add("outlined");
}

const LOOKS = { checked: ["is-green", "✓"], wrong: ["is-red", "✕"], partly: ["is-grey", "补"], offline: ["is-grey", "…"] };
const BEST = ["recorded", "partly"]; // what the server said when nothing speaks against the thing

// A recall, a failed test, a hold stand above green and grey; red stands above all but a recall.
function tell(state, lines, headline, step) {
  box.dataset.phone = state;
  const { status } = box.dataset;
  const best = BEST.includes(status);
  const over = state === "wrong" ? status !== "recalled" : best && headline;
  if (over) {
    const [look, sign] = LOOKS[state];
    box.className = `status ${look}`;
    box.dataset.status = state;
    box.querySelector(".status-sign").textContent = sign;
    box.querySelector(".status-text").textContent = headline;
    box.querySelectorAll("p:not(.status-sign)").forEach((line) => line.remove());
    if (state === "wrong") document.title = `${headline} · ${document.title}`;
  } else if (headline) {
    lines = [headline, ...lines];
  }
  for (const line of lines) append("p", line);
  if (state === "offline" && over) append("p", words.quality);
  if (step) append("p", "").append(link(step));
}

function append(tag, line) {
  const made = document.createElement(tag);
  made.textContent = line;
  return box.appendChild(made);
}

function link(step) {
  const made = document.createElement("a");
  made.href = `#${step.id}`;
  made.textContent = say("where", step.id.slice("step-".length));
  return made;
}

// For engineers: which of the seven checks held.
function listChecks({ held, check, exam }) {
  const list = document.getElementById("checks");
  for (const name of ["checkpoint", "log", "map", "statement", "standing", "ancestry", "opening"]) {
    const made = document.createElement("li");
    const result = held.includes(name) ? "held" : name === check ? "failed" : "open";
    made.textContent = `${words["check-" + name]} (${name}): ${words[result]}`;
    list.append(made);
  }
  if (held.includes("log")) document.getElementById("seen").textContent = say("seen", exam.checkpoint.size, clock(exam.timeMs));
  list.parentNode.hidden = false;
}

check();
