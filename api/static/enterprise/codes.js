// New codes: 95 bits of chance and a check character: format v1 section 8.

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH = 20;

// Luhn mod 32, from the right with factors 2, 1, 2 …
export function checkCharacter(body) {
  let total = 0;
  for (let place = 0; place < body.length; place += 1) {
    const value = ALPHABET.indexOf(body[body.length - 1 - place]);
    const product = value * (place % 2 === 0 ? 2 : 1);
    total += Math.floor(product / 32) + (product % 32);
  }
  return ALPHABET[(32 - (total % 32)) % 32];
}

export function newCode() {
  // A byte's low five bits are as even as the byte: 256 is a multiple of 32.
  const chance = crypto.getRandomValues(new Uint8Array(LENGTH - 1));
  const body = Array.from(chance, (byte) => ALPHABET[byte & 31]).join("");
  return body + checkCharacter(body);
}

export function grouped(code) {
  return code.toUpperCase().replace(/(.{5})(?=.)/g, "$1 ");
}
