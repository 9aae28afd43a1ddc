// Check `opening` of section 7: what was sealed is opened as it was sealed. Source: section 5.

import { isAnyUnread } from "./ancestry.js";
import { decode, fail, matching, members, sha256, text, utf8 } from "./bytes.js";
import { canonical } from "./json.js";
import { statementOf } from "./standing.js";

const isSalt = matching(/^[\w-]{21}[AQgw]$/);

export async function checkOpening(opening) {
  const { statement, name, salt, value, ...others } = members(opening, "an opening");
  const claim = statementOf(text(statement, "its statement"));
  text(name, "an opening's name");
  if (value === undefined || Object.keys(others).length) fail("an opening has not its four members");
  if (!claim && !isAnyUnread()) fail("an opening of a statement that is not shown");
  if (!claim) return;
  const { ledger, key, seq, sealed } = claim;
  if (!isSalt(salt)) fail("the salt is not 16 bytes", claim.index);
  const found = await sha256(utf8(canonical([ledger, key, seq, name, salt, value])));
  if (!Object.keys(sealed).includes(name) || spelled(sealed[name]) !== found) fail("a value is not what was sealed", claim.index);
}

// A commitment in hex; its one spelling was checked with the statement's form.
const spelled = (commitment) => decode(`${commitment.replace(/-/g, "+").replace(/_/g, "/")}=`);
