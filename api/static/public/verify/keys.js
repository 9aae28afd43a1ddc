// Keys and signatures by WebCrypto: ES256 (P-256, SHA-256), Ed25519 where the browser has it; one SPKI form each.

import { concat, fail, hex } from "./bytes.js";

const P256_START = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";
export const ED25519_START = "302a300506032b6570032100";
const PRIME = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;
// y of the points whose order divides 8: under such a key one signature fits many messages.
const LOW_ORDER = [
  0n,
  1n,
  PRIME - 1n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
];

const loaded = new Map();

// The key of DER bytes, once for all that it signed. Fails for another form; null for an unknown
// algorithm; `handle` is null where the form is right and the browser lacks the algorithm.
export function loadKey(alg, spki) {
  const name = `${alg} ${hex(spki)}`;
  if (!loaded.has(name)) loaded.set(name, alg === "ES256" ? loadP256(spki) : alg === "Ed25519" ? loadEd25519(spki) : null);
  return loaded.get(name);
}

async function loadP256(spki) {
  if (spki.length !== 91 || !hex(spki).startsWith(P256_START)) fail("not the one form of a P-256 key");
  try {
    return { alg: "ES256", handle: await importKey(spki, { name: "ECDSA", namedCurve: "P-256" }) };
  } catch (error) {
    return fail("the point is not on P-256");
  }
}

async function loadEd25519(spki) {
  if (spki.length !== 44 || !hex(spki).startsWith(ED25519_START)) fail("not the one form of an Ed25519 key");
  checkPoint(littleEndian(spki.subarray(12)) % 2n ** 255n);
  try {
    return { alg: "Ed25519", handle: await importKey(spki, { name: "Ed25519" }) };
  } catch (error) {
    return { alg: "Ed25519", handle: null };
  }
}

const importKey = (spki, algorithm) => crypto.subtle.importKey("spki", spki, algorithm, false, ["verify"]);

// Refuse what libraries differ on: y ≥ p, points of low order or off the curve. Source: RFC 8032 5.1.3.
function checkPoint(y) {
  if (y >= PRIME || LOW_ORDER.includes(y)) fail("the Ed25519 point is not canonical, or of low order");
  const square = (y * y) % PRIME;
  let power = 1n;
  // x² is a square when this, to the half of p − 1, is one.
  let base = (((square + PRIME - 1n) % PRIME) * ((D * square + 1n) % PRIME)) % PRIME;
  for (let left = (PRIME - 1n) / 2n; left; left /= 2n) {
    if (left % 2n) power = (power * base) % PRIME;
    base = (base * base) % PRIME;
  }
  if (power !== 1n) fail("the Ed25519 point is not on the curve");
}

function littleEndian(bytes) {
  return BigInt(`0x${hex(Array.from(bytes).reverse())}`);
}

// Whether 64 bytes, r‖s or R‖S, are the key's signature over the message.
export async function isSigned(key, signature, message) {
  if (signature.length !== 64) return false;
  if (key.alg === "Ed25519") {
    // Said here and not left to the browser: S and S + L would be two signatures of one signer.
    if (littleEndian(signature.subarray(32)) >= ORDER) return false;
    return crypto.subtle.verify("Ed25519", key.handle, signature, message);
  }
  return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key.handle, signature, message);
}

// r‖s of the strict DER that notes carry (type 02); null for anything else.
export function rawOfDer(der) {
  const numbers = new Uint8Array(64);
  if (der[0] !== 0x30 || der[1] !== der.length - 2 || der.length > 72) return null;
  let at = 2;
  for (const end of [32, 64]) {
    const number = der.subarray(at + 2, at + 2 + der[at + 1]);
    if (der[at] !== 2 || !number.length || number.length !== der[at + 1] || number[0] > 127) return null;
    if (number[0] === 0 && number.length > 1 && number[1] < 128) return null;
    const plain = number[0] === 0 ? number.subarray(1) : number;
    if (plain.length > 32) return null;
    numbers.set(plain, end - plain.length);
    at += 2 + number.length;
  }
  return at === der.length ? numbers : null;
}

export const ed25519Spki = (key) => concat(Uint8Array.from(ED25519_START.match(/../g), (pair) => parseInt(pair, 16)), key);
