// From the printed code in the page's address to the URI that it asks for: section 8, by string operations alone.

import { askedElsewhere } from "./addresses.js";

export const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
// As labels print it, short or as a GS1 Digital Link. A batch of others' that looks like a code goes on to the whole script:
// nothing holds of the lot that it would be.
const PRINTED = /^\/(?:t|01\/\d+\/10)\/([^\W_ilou]{20})(?:(?:\/21\/)?([^\W_ilou]{12}))?$/;

// `path` is the page's own, `origin` the ledger's. With it goes what follows a lot's code: of a pack, its
// serial and the check that its ledger alone can make.
export function askedOf(path, origin) {
  const [, lot, unit = ""] = PRINTED.exec(path.toLowerCase()) || [];
  return lot ? { uri: `https://${origin.split("/")[0]}/lot/${lot}`, unit } : askedElsewhere(path, origin);
}

// The serial of a pack, from the twelve signs behind its lot's code.
export const serialOf = (unit) => Array.from(unit.slice(0, 6)).reduce((before, sign) => before * 32 + ALPHABET.indexOf(sign), 0);
