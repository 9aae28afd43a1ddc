// What the page's head, blends and label may say, and of a pack's serial: reckoned anew from what is proved.

import { making } from "./ancestry.js";
import { serialOf } from "./asked.js";
import { isText } from "./bytes.js";
import { admissionOf, clock } from "./shown.js";
import { saidOn } from "./standing.js";

const GRAMS = { "KGM": 1000, "GRM": 1, "TNE": 1e6 };
const PACKING = "PACK_LABEL";
const NOTHING = { body: {}, inputs: [] };
const kindOf = ({ body }) => body["daodi:kind"];

// Every place of the page that is in no step, with what is to stand there; undefined where nothing is to.
// `words` tell which herbs the page knows.
export function headOf(exam, words) {
  const [asked] = exam.things;
  const made = making(exam, asked) || NOTHING;
  const { body } = made;
  // The nearest making that names them says it.
  const said = (name) => exam.things.map((uri) => (making(exam, uri) || NOTHING).body[`daodi:${name}`]).find(Boolean);
  const head = {
    herb: said("herb"),
    drug: said("drug"),
    lot: body["daodi:display_name"] || (body.site && body.name),
    net: body["daodi:unit_g"] ?? gramsOf(body.outputQuantityList, body.quantityList)[asked],
  };
  const own = validOn(exam, [asked]);
  tellDays(head, "harvested", validOn(exam, exam.things), "HARVEST");
  tellDays(head, "packed", own, PACKING);
  if (kindOf(made) === PACKING) {
    const { name, roles } = admissionOf(exam, made);
    Object.assign(head, String(roles) === "farmer" ? { "by/roles": roles } : { "by/name": name });
  }
  for (const [county, share] of Object.entries(sharesOf(exam, words, asked))) head[`origin/${county}`] = share;
  const labels = own.map((one) => one.body["daodi:label_fields"]).filter(Boolean);
  (labels.pop() || []).forEach(({ name, value }, at) => Object.assign(head, { [`label/${at}/name`]: name, [`label/${at}/value`]: value }));
  return head;
}

// Statements on the chains of things, by when they happened, without those that were corrected or came too late to count.
function validOn(exam, uris) {
  const told = uris.flatMap((uri) => saidOn(exam, uri)).filter((one) => one.body.eventTime);
  const corrected = told.map(({ body }) => body["daodi:corrects"]);
  return [...new Set(told)]
    .filter((one) => !corrected.includes(one.id) && one.outputs.every((uri) => (making(exam, uri) || one) === one))
    .sort((one, two) => happenedAt(one) - happenedAt(two));
}

const happenedAt = ({ body }) => Date.parse(body.eventTime) || 0;

// The first day of a kind, and the last if it is another one.
function tellDays(head, name, told, kind) {
  const times = told.filter((one) => kindOf(one) === kind).map(happenedAt);
  const days = new Map(times.slice(0, 1).concat(times.slice(-1)).map((ms) => [clock(ms).slice(0, 10), ms]));
  [...days.values()].forEach((ms, at) => {
    head[`${name}/${at}`] = new Date(ms).toISOString();
  });
}

// Grams of each thing on a side of an event that weighs it.
const gramsOf = (...sides) =>
  Object.fromEntries(sides.flat().map(({ epcClass, quantity, uom } = {}) => [epcClass, quantity * GRAMS[uom]]).filter(([, mass]) => mass >= 0));

// What went into a thing: grams, per cent of the whole, its lot's name and counties. Of several things that one
// statement makes, each has its share by weight, in whole grams.
export function partsOf(exam, words, { inputs, outputs, body }, child, parents = inputs) {
  const went = gramsOf(body.inputQuantityList);
  const made = gramsOf(body.outputQuantityList);
  const all = outputs.reduce((sum, uri) => sum + (made[uri] || 0), 0);
  const masses = parents.map((uri) => (outputs.length > 1 ? Math.floor((went[uri] * made[child]) / all) : went[uri]));
  const whole = masses.reduce((sum, mass) => sum + mass, 0);
  return parents.map((uri, at) => ({
    mass: masses[at],
    // Without a weight for each part, the parts count alike.
    share: 100 * (whole > 0 ? masses[at] / whole : 1 / parents.length),
    lot: (making(exam, uri) || NOTHING).body["daodi:display_name"],
    from: sharesOf(exam, words, uri),
  }));
}

// Per cents of the counties in a thing, by the grams that went into its making; "" is where nothing is recorded.
function sharesOf(exam, words, uri) {
  const known = (exam.shares ??= new Map());
  if (!known.has(uri)) known.set(uri, reckonShares(exam, words, uri));
  return known.get(uri);
}

function reckonShares(exam, words, uri) {
  const made = making(exam, uri) || NOTHING;
  const parents = made.inputs.filter((parent) => !isAdjuvant(exam, words, made, parent));
  // Its own county, or that of the plot where it grew.
  const county = [uri, ...parents].map((one) => countyOf(exam, one)).find(isText) ?? (parents.length ? null : "");
  if (county !== null) return { [county]: 100 };
  const found = {};
  for (const { share, from } of partsOf(exam, words, made, uri, parents)) {
    for (const name of Object.keys(from)) found[name] = (found[name] || 0) + (share * from[name]) / 100;
  }
  return found;
}

// The county of a site, as last amended.
function countyOf(exam, uri) {
  const [newest] = saidOn(exam, uri).filter(({ body }) => body.site === uri).reverse();
  return newest && (newest.body.county || "");
}

// What was bought, is of no herb, and was added by the statement: wine has no part in an origin.
function isAdjuvant(exam, words, { body }, parent) {
  const bought = making(exam, parent) || NOTHING;
  const isAdded = (body["daodi:adjuvants"] || []).some(({ lot }) => lot === parent);
  return isAdded && kindOf(bought) === "PURCHASE" && !words[`herb=${bought.body["daodi:herb"]}`];
}

// What the signed statements say of a pack's serial: that it was never registered, is withdrawn, or is good.
export function judgeSerial(exam, serial) {
  const [asked] = exam.things;
  const { first, last } = (making(exam, asked) || NOTHING).body["daodi:code_range"] || {};
  if (!(first <= serial && serial <= last)) return "unregistered";
  const voided = validOn(exam, [asked]).filter((one) => kindOf(one) === "CODE_VOID").flatMap(({ body }) => body["daodi:codes"]);
  return voided.some((text) => covers(text, serial)) ? "withdrawn" : "unit";
}

// A number, a range, or the code of a pack.
function covers(text, serial) {
  const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(text.trim()) || [];
  return first ? first <= serial && serial <= last : serialOf(text.slice(-12)) === serial;
}
