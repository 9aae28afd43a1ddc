// What the page's head, blends and label may say, and of a pack's serial: reckoned anew from what is proved.

import { making, NOTHING, things } from "./ancestry.js";
import { sharesOfBlend } from "./blends.js";
import { isText } from "./bytes.js";
import { clock } from "./clock.js";
import { admissionOf } from "./shown.js";
import { saidOn } from "./standing.js";

const GRAMS = { "KGM": 1000, "GRM": 1, "TNE": 1e6 };
const PACKING = "PACK_LABEL";
// A member of our own in an event's body.
export const own = ({ body }, name) => body[`daodi:${name}`];
export const isKind = (kind) => (claim) => own(claim, "kind") === kind;

// Every place of the page that is in no step, with what is to stand there.
export function headOf() {
  const [asked] = things;
  const made = making(asked);
  const { body } = made;
  // The nearest making that names them says it.
  const said = (name) => things.map((uri) => own(making(uri), name)).find(Boolean);
  const told = validOn([asked]);
  const { name, roles } = isKind(PACKING)(made) ? admissionOf(made) : {};
  const labels = told.map((one) => own(one, "label_fields")).filter(Boolean);
  return flat("", {
    herb: said("herb"),
    drug: said("drug"),
    lot: own(made, "display_name") || (body.site && body.name),
    net: own(made, "unit_g") ?? gramsOf(body.outputQuantityList, body.quantityList)[asked],
    harvested: daysOf(validOn(things), "HARVEST"),
    packed: daysOf(told, PACKING),
    by: String(roles) === "farmer" ? { roles: "farmer" } : { name },
    origin: sharesOf(asked),
    label: (labels.pop() || []).map(({ name, value }) => ({ name, value })),
  });
}

// What is said, by its path of members; nothing of what is undefined.
const flat = (place, said) =>
  said instanceof Object
    ? Object.assign({}, ...Object.entries(said).map(([name, one]) => flat(`${place}/${name}`, one)))
    : said !== undefined && { [place.slice(1)]: said };

// Statements on the chains of things, by when they happened, without those that were corrected or came too late to count.
export function validOn(uris) {
  const told = uris.flatMap(saidOn).filter((one) => one.body.eventTime);
  const corrected = told.map((one) => own(one, "corrects"));
  return [...new Set(told)]
    .filter((one) => !corrected.includes(one.id) && one.outputs.every((uri) => [NOTHING, one].includes(making(uri))))
    .sort((one, two) => happenedAt(one) - happenedAt(two));
}

const happenedAt = ({ body }) => Date.parse(body.eventTime) || 0;

// The first day of a kind, and the last if it is another one.
function daysOf(told, kind) {
  const days = told.filter(isKind(kind)).map((one) => clock(happenedAt(one)).slice(0, 10));
  return [...new Set([days[0], days.pop()])];
}

// Grams of each thing on a side of an event that weighs it.
export const gramsOf = (...sides) =>
  Object.fromEntries(sides.flat().map(({ epcClass, quantity, uom } = {}) => [epcClass, quantity * GRAMS[uom]]).filter(([, mass]) => mass >= 0));

// Per cents of the counties in a thing, by the grams that went into its making; "" is where nothing is recorded.
export function sharesOf(uri) {
  const made = making(uri);
  const [parent, other] = made.inputs;
  // Its own county, or that of the plot where it grew.
  const county = [uri, ...made.inputs].map(countyOf).find(isText) ?? (parent ? null : "");
  if ((county === null && other) || own(made, "adjuvants")) return sharesOfBlend(made, uri);
  return county === null ? sharesOf(parent) : { [county]: 100 };
}

// The county of a site, as last amended.
export function countyOf(uri) {
  const newest = saidOn(uri).filter(({ body }) => body.site === uri).pop();
  return newest && (newest.body.county || "");
}

// Whether the packing registers a pack's serial, and nothing that was signed withdraws one.
export function isIssued(serial) {
  const [asked] = things;
  const { first, last } = own(making(asked), "code_range") || {};
  return first <= serial && serial <= last && !validOn([asked]).some(isKind("CODE_VOID"));
}
