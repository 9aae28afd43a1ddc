// What the page's head, blends and label may say, and of a pack's serial: reckoned anew from what is proved.

import { making, NOTHING, things } from "./ancestry.js";
import { serialOf } from "./asked.js";
import { isText } from "./bytes.js";
import { clock } from "./clock.js";
import { admissionOf } from "./shown.js";
import { saidOn } from "./standing.js";
import { words } from "./words.js";

const GRAMS = { "KGM": 1000, "GRM": 1, "TNE": 1e6 };
const PACKING = "PACK_LABEL";
// A member of our own in an event's body.
const own = ({ body }, name) => body[`daodi:${name}`];
const isKind = (kind) => (claim) => own(claim, "kind") === kind;

// Every place of the page that is in no step, with what is to stand there; undefined where nothing is to.
export function headOf() {
  const [asked] = things;
  const made = making(asked);
  const { body } = made;
  // The nearest making that names them says it.
  const said = (name) => things.map((uri) => own(making(uri), name)).find(Boolean);
  const head = {
    herb: said("herb"),
    drug: said("drug"),
    lot: own(made, "display_name") || (body.site && body.name),
    net: own(made, "unit_g") ?? gramsOf(body.outputQuantityList, body.quantityList)[asked],
  };
  const told = validOn([asked]);
  tellDays(head, "harvested", validOn(things), "HARVEST");
  tellDays(head, "packed", told, PACKING);
  if (isKind(PACKING)(made)) {
    const { name, roles } = admissionOf(made);
    Object.assign(head, String(roles) === "farmer" ? { "by/roles": roles } : { "by/name": name });
  }
  for (const [county, share] of Object.entries(sharesOf(asked))) head[`origin/${county}`] = share;
  const labels = told.map((one) => own(one, "label_fields")).filter(Boolean);
  (labels.pop() || []).forEach(({ name, value }, at) => Object.assign(head, { [`label/${at}/name`]: name, [`label/${at}/value`]: value }));
  return head;
}

// Statements on the chains of things, by when they happened, without those that were corrected or came too late to count.
function validOn(uris) {
  const told = uris.flatMap(saidOn).filter((one) => one.body.eventTime);
  const corrected = told.map((one) => own(one, "corrects"));
  return [...new Set(told)]
    .filter((one) => !corrected.includes(one.id) && one.outputs.every((uri) => [NOTHING, one].includes(making(uri))))
    .sort((one, two) => happenedAt(one) - happenedAt(two));
}

const happenedAt = ({ body }) => Date.parse(body.eventTime) || 0;

// The first day of a kind, and the last if it is another one.
function tellDays(head, name, told, kind) {
  const days = told.filter(isKind(kind)).map((one) => clock(happenedAt(one)).slice(0, 10));
  [...new Set([...days.slice(0, 1), ...days.slice(-1)])].forEach((day, at) => {
    head[`${name}/${at}`] = day;
  });
}

// Grams of each thing on a side of an event that weighs it.
const gramsOf = (...sides) =>
  Object.fromEntries(sides.flat().map(({ epcClass, quantity, uom } = {}) => [epcClass, quantity * GRAMS[uom]]).filter(([, mass]) => mass >= 0));

// What went into a thing: grams, per cent of the whole, its lot's name and counties. Of several things that one
// statement makes, each has its share by weight, in whole grams.
export function partsOf({ inputs, outputs, body }, child, parents = inputs) {
  const went = gramsOf(body.inputQuantityList);
  const made = gramsOf(body.outputQuantityList);
  const sum = (masses) => masses.reduce((before, mass) => before + mass, 0);
  const all = sum(outputs.map((uri) => made[uri] || 0));
  const masses = parents.map((uri) => (outputs.length > 1 ? Math.floor((went[uri] * made[child]) / all) : went[uri]));
  const whole = sum(masses);
  return parents.map((uri, at) => ({
    mass: masses[at],
    // Without a weight for each part, the parts count alike.
    share: 100 * (whole > 0 ? masses[at] / whole : 1 / parents.length),
    lot: own(making(uri), "display_name"),
    from: sharesOf(uri),
  }));
}

// Per cents of the counties in a thing, by the grams that went into its making; "" is where nothing is recorded.
const shares = {};
const sharesOf = (uri) => (shares[uri] ??= reckonShares(uri));

function reckonShares(uri) {
  const made = making(uri);
  const parents = made.inputs.filter((parent) => !isAdjuvant(made, parent));
  // Its own county, or that of the plot where it grew.
  const county = [uri, ...parents].map(countyOf).find(isText) ?? (parents.length ? null : "");
  if (county !== null) return { [county]: 100 };
  const found = {};
  for (const { share, from } of partsOf(made, uri, parents)) {
    for (const name of Object.keys(from)) found[name] = (found[name] || 0) + (share * from[name]) / 100;
  }
  return found;
}

// The county of a site, as last amended.
function countyOf(uri) {
  const newest = saidOn(uri).filter(({ body }) => body.site === uri).pop();
  return newest && (newest.body.county || "");
}

// What was bought, is of no herb, and was added by the statement: wine has no part in an origin.
function isAdjuvant(made, parent) {
  const bought = making(parent);
  const isAdded = own(made, "adjuvants")?.some(({ lot }) => lot === parent);
  return isAdded && isKind("PURCHASE")(bought) && !words[`herb=${own(bought, "herb")}`];
}

// What the signed statements say of a pack's serial: that it was never registered, is withdrawn, or is good.
export function judgeSerial(serial) {
  const [asked] = things;
  const { first, last } = own(making(asked), "code_range") || {};
  if (!(first <= serial && serial <= last)) return "unknown";
  const voided = validOn([asked]).filter(isKind("CODE_VOID")).flatMap((one) => own(one, "codes"));
  return voided.some((text) => covers(text, serial)) ? "voided" : "unit";
}

// A number, a range, or the code of a pack.
function covers(text, serial) {
  const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(text.trim()) || [];
  return first ? first <= serial && serial <= last : serialOf(text.slice(-12)) === serial;
}
