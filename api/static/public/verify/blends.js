// What has several origins: how much of each thing went into another, and the counties of the whole.

import { making, things } from "./ancestry.js";
import { isText } from "./bytes.js";
import { countyOf, gramsOf, isKind, own, sharesOf } from "./head.js";
import { leaves } from "./places.js";
import { besides, memberAt, refuse } from "./steps.js";
import { words } from "./words.js";

// A blend shows each part, and beside the pieces nothing that could be taken for them.
export function judgeShares() {
  refuse(".shares b", (one) => /[^\s、]/.test(besides(one)));
  refuse(".shares", (one) => /\d/.test(besides(one)));
  refuse(".shares", ({ children, dataset }) => children.length !== leaves[dataset.leaf]?.inputs.length);
}

// What a place leads to among a statement's parts.
export const partAt = (claim, place) =>
  claim?.body && memberAt({ parts: partsOf(claim, claim.outputs.find((uri) => things.includes(uri))) }, place);

// What went into a thing: grams, per cent of the whole, its lot's name and counties. Of several things that one
// statement makes, each has its share by weight, in whole grams.
function partsOf({ inputs, outputs, body }, child, parents = inputs) {
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

const shares = {};
export const sharesOfBlend = (made, uri) => (shares[uri] ??= reckonShares(made, uri));

function reckonShares(made, uri) {
  const parents = made.inputs.filter((parent) => !isAdjuvant(made, parent));
  const county = [uri, ...parents].map(countyOf).find(isText) ?? (parents.length ? null : "");
  if (county !== null) return { [county]: 100 };
  const found = {};
  for (const { share, from } of partsOf(made, uri, parents)) {
    for (const name of Object.keys(from)) found[name] = (found[name] || 0) + (share * from[name]) / 100;
  }
  return found;
}

// What was bought, is of no herb, and was added by the statement: wine has no part in an origin.
function isAdjuvant(made, parent) {
  const bought = making(parent);
  const isAdded = own(made, "adjuvants")?.some(({ lot }) => lot === parent);
  return isAdded && isKind("PURCHASE")(bought) && !words[`herb=${own(bought, "herb")}`];
}
