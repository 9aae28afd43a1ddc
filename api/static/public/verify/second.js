// A second opinion: another ledger's evidence file is checked in this browser, and uploaded nowhere.

import { isCode, plain } from "./addresses.js";
import { askedOf } from "./asked.js";
import { isHash } from "./bytes.js";
import { clock, DAY_MS } from "./clock.js";
import { checkpoint, usable } from "./note.js";
import { state } from "./places.js";
import { verify } from "./verify.js";

const form = document.getElementById("second");
const told = document.getElementById("told");
const words = document.getElementById("words").content;
const typedIn = (id) => document.getElementById(id).value.trim();

// A browser that cannot check sends the form, and the server checks.
form.onsubmit = (event) => {
  if (!window.crypto || !crypto.subtle) return;
  event.preventDefault();
  check().catch(() => tell("cannot_be_checked"));
};

async function check() {
  const [file] = document.getElementById("file").files;
  const pins = await chosen();
  if (!pins) return tell("bad_key");
  const asked = askedIn(typedIn("code"), pins.origin);
  if (!asked) return tell("bad_code");
  const verdict = await verify(new Uint8Array(await file.arrayBuffer()), { ...pins, asked, witnesses: "" });
  const { held, check: failed, leaf } = verdict;
  tell(outcomeOf(verdict, pins), {
    asked,
    ledger: pins.origin,
    size: held ? checkpoint.size : "",
    at: held > 1 ? clock(state.ms) : "",
    check: failed ? words.querySelector(`[data-check="${failed}"]`).textContent : "",
    leaf: leaf ?? "",
  });
}

// The pins of the chosen ledger, or those that were typed; `known` is their option, where it is on the list.
async function chosen() {
  const options = [...document.querySelectorAll("#ledger option")];
  const option = options.find((one) => one.value === typedIn("ledger"));
  let { registrar, logKeys } = option.dataset;
  if (!registrar) [registrar, logKeys] = [typedIn("registrar"), typedIn("log-keys").replace(/\s+/g, " ")];
  const [first] = await usable(logKeys, "01 02");
  if (!isHash(registrar) || !first) return null;
  const covers = ({ dataset }) => dataset.registrar === registrar && logKeys.split(" ").every((vkey) => dataset.logKeys.split(" ").includes(vkey));
  return { origin: first.name, registrar, logKeys, known: options.find(covers) };
}

// What a code, the address of a pack's page or a URI asks of a ledger; nothing for what is none of these.
function askedIn(text, origin) {
  const [, thing, code] = /\/(t|lot|crop|site)\/([^/?#]+)/i.exec(text) || ["", "t", text];
  const gs1 = /\/01\/\d+\/10\/.+/.exec(text);
  if (gs1) return askedOf(gs1[0].split(/[?#]/)[0], origin).uri;
  if (isCode(plain(code))) return askedOf(`/${thing.toLowerCase().replace("lot", "t")}/${code}`, origin).uri;
  return /^[a-z][a-z0-9+.-]*:[!-~]+$/.test(text) ? text : "";
}

// Green only for pins that are known here and are not the page's own ledger.
function outcomeOf({ outcome }, { known }) {
  if (outcome !== "holds") return outcome;
  if (!known) return "holds_typed";
  if (Math.abs(Date.now() - state.ms) > DAY_MS) return "holds_old";
  return "own" in known.dataset ? "holds_own" : "holds";
}

function tell(outcome, facts = {}) {
  const shown = words.querySelector(`[data-outcome=${outcome}]`).cloneNode(true);
  for (const place of shown.querySelectorAll("[data-fact]")) {
    place.textContent = facts[place.dataset.fact] ?? "";
    place.parentNode.hidden = !place.textContent;
  }
  told.textContent = "";
  told.append(shown);
  told.focus();
}
