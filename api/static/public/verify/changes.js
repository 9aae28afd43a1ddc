// What changes the registry's first word, section 6: another root, other log keys, an amended site.

import { fail } from "./bytes.js";
import { bundle } from "./file.js";
import { enrolmentOf, firstOf, isKeyUnsure, isUnsure, logKeys, mayBeRegistrar, roots, wasRoot } from "./standing.js";

// What stands on the ledger's chain behind the genesis.
export function readChange({ index, kind, body }) {
  if (kind === "genesis") fail("a second genesis");
  if (kind === "registrar.rotate") {
    if (wasRoot(body.kid)) fail("the next root was root before");
    if ((bundle.keys[body.kid] || body).alg !== body.alg) fail("the next root signs with another algorithm");
    roots.push({ since: index, kid: body.kid });
  }
  (body.add || []).forEach((vkey) => logKeys.add(vkey));
  (body.remove || []).forEach((vkey) => logKeys.delete(vkey));
}

export function mayAmend(claim) {
  const { site } = claim.body;
  const { index, key } = firstOf(site, "site.register") || claim;
  const owner = index < claim.index && enrolmentOf(key);
  return (owner && owner.body.actor === enrolmentOf(claim.key)?.body.actor) || isUnsure(site) || isKeyUnsure(key) || mayBeRegistrar(claim);
}
