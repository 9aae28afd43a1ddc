// Keys and signatures by WebCrypto: ES256 (P-256, SHA-256), Ed25519 where the browser has it; one SPKI form each.

import { bytes, fail, hexOf } from "./bytes.js";

export const ED25519_START = "302a300506032b6570032100";
// How the one form begins, how many hex digits follow, and what WebCrypto calls the algorithm.
const ALGORITHMS = {
  __proto__: null,
  "ES256": ["3059301306072a8648ce3d020106082a8648ce3d03010703420004", 128, { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" }],
  "Ed25519": [ED25519_START, 64, "Ed25519"],
};
// The curve of RFC 8032 5.1, whose d is −121665/121666.
const PRIME = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

const loaded = {};

// The key of DER bytes, once for all that it signed. Fails for another form; null for an unknown
// algorithm; `handle` is null where the form is right and the browser lacks the algorithm.
export const loadKey = (alg, spki) => (loaded[alg + spki] ??= load(alg, spki));

async function load(alg, spki) {
  if (!ALGORITHMS[alg]) return null;
  const [start, length, algorithm] = ALGORITHMS[alg];
  if (spki.slice(0, -length) !== start) fail("not the one form of such a key");
  if (!algorithm.hash) checkPoint(littleEndian(spki.slice(-length)) % 2n ** 255n);
  const handle = await crypto.subtle.importKey("spki", bytes(spki), algorithm, false, ["verify"]).catch(() => null);
  if (!handle && algorithm.hash) fail("the point is not on P-256");
  return { algorithm, handle };
}

// Refuse what libraries differ on: y ≥ p, points of low order or off the curve. Source: RFC 8032 5.1.3.
function checkPoint(y) {
  const square = (y * y) % PRIME;
  // The order is 4 when y is 0; it is 8 when y of the doubled point is 0: d y⁴ + 2 y² = 1.
  if (y >= PRIME || !((square * (121665n * square * square - 243332n * square + 121666n)) % PRIME)) fail("not canonical, or of low order");
  // x² = (y² − 1) / (d y² + 1) is a square and, as the order is not 2, not 0. The sign is free: −1 is a square.
  let [base, found] = [(square - 1n) * (121665n * square - 121666n) * 121666n, 1n];
  for (let left = PRIME / 2n; left; left /= 2n) {
    base %= PRIME;
    if (left % 2n) found = (found * base) % PRIME;
    base *= base;
  }
  if (found !== 1n) fail("the point is not on the curve");
}

function littleEndian(hex) {
  return BigInt(`0x${hex.match(/../g).reverse().join("")}`);
}

// Whether 64 bytes, r‖s or R‖S, are the key's signature over the message.
export async function isSigned({ algorithm, handle }, signature, message) {
  if (signature.length !== 128) return false;
  // Said here and not left to the browser: S and S + L would be two signatures of one signer.
  if (!algorithm.hash && littleEndian(signature.slice(64)) >= ORDER) return false;
  return crypto.subtle.verify(algorithm, handle, bytes(signature), bytes(message));
}

// r‖s of the strict DER that notes carry (type 02), by writing it again; no signature for anything else.
export function rawOfDer(der) {
  const end = 8 + 2 * parseInt(der.slice(6, 8), 16);
  const numbers = [der.slice(8, end), der.slice(end + 4)].map((number) => number.replace(/^(00)+/, ""));
  // A first digit from 8 on would be a minus.
  const written = tagged("30", numbers.map((number) => tagged("02", number < "8" ? number : `00${number}`)).join(""));
  return der === written ? numbers.map((number) => number.padStart(64, "0")).join("") : "";
}

const tagged = (tag, hex) => tag + hexOf([hex.length / 2]) + hex;
