// From the printed code in the page's address to the URI that it asks for: section 8, by string operations alone.

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

// The text of the code and its URI. `path` is the page's own, `origin` the ledger's.
export function askedOf(path, origin) {
  const [kind, ...rest] = path.split("/").filter(Boolean).map(decodeURIComponent);
  if (kind.toLowerCase() === "t") return rest[0].includes(":") ? { code: rest[0], uri: rest[0] } : { code: rest[0], uri: uriOf("lot", rest[0], origin) };
  if (kind === "crop" || kind === "site") return { code: rest[0], uri: uriOf(kind, rest[0], origin) };
  const [gtin, , lot] = rest;
  const code = path.split("/").slice(0, 7).join("/");
  if (isCode(lot)) return { code, uri: uriOf("lot", lot, origin) };
  const quoted = encodeURIComponent(lot).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  return { code, uri: `https://id.gs1.org/01/${gtin.padStart(14, "0")}/10/${quoted}` };
}

const uriOf = (thing, typed, origin) => `https://${origin.split("/")[0]}/${thing}/${plain(typed).slice(0, 20)}`;

// People type blanks and dashes, o for 0, i and l for 1.
function plain(typed) {
  const signs = typed.normalize("NFKC").toLowerCase().replace(/[\s\-‐‑‒–—―−]/g, "");
  return signs.replace(/o/g, "0").replace(/[il]/g, "1");
}

// Luhn mod 32, from the right, factors 1, 2, 1 … with the check character.
function isCode(typed) {
  const values = Array.from(plain(typed).slice(0, 20), (sign) => ALPHABET.indexOf(sign)).reverse();
  if (![20, 32].includes(plain(typed).length) || values.includes(-1)) return false;
  const products = values.map((value, at) => value * (1 + (at % 2)));
  return products.reduce((sum, one) => sum + (one >> 5) + (one & 31), 0) % 32 === 0;
}
