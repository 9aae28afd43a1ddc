// Statements as a device signs them: format v1 sections 1 and 5, DSSE v1, ES256.

import { canonicalBytes } from "./canonical.js";

export const PAYLOAD_TYPE = "application/vnd.daodi.statement.v1+json";
const SALT_BYTES = 16;
const encoder = new TextEncoder();

export function base64(bytes) {
  let text = "";
  for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte);
  return btoa(text);
}

export function base64url(bytes) {
  return base64(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

export function hex(bytes) {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function sha256(bytes) {
  return crypto.subtle.digest("SHA-256", bytes);
}

// The bytes that are signed: lengths count bytes, never characters.
export function pae(payload) {
  const head = encoder.encode(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `);
  const bytes = new Uint8Array(head.length + payload.length);
  bytes.set(head);
  bytes.set(payload, head.length);
  return bytes;
}

// A moment as China's clocks show it, whatever zone this device is set to.
export function chinaTime(date) {
  return new Date(date.getTime() + 8 * 3600_000).toISOString().slice(0, 19) + "+08:00";
}

// Commitments by name, and the openings that travel beside the envelope.
export async function seal(values, { ledger, key, seq }) {
  const sealed = {};
  const openings = [];
  for (const name of Object.keys(values)) {
    const salt = base64url(crypto.getRandomValues(new Uint8Array(SALT_BYTES)));
    const value = values[name];
    sealed[name] = base64url(await sha256(canonicalBytes([ledger, key, seq, name, salt, value])));
    openings.push({ name, salt, value });
  }
  return { sealed, openings };
}

// Sign the next statement of a key's chain. `place` is what GET /v1/keys/{kid} answers.
export async function sign(draft, device, place, now) {
  const { sealed, openings } = await seal(draft.values, {
    ledger: place.ledger, key: device.kid, seq: place.next_seq,
  });
  const statement = {
    v: 1, ledger: place.ledger, key: device.kid, seq: place.next_seq, prev: place.head,
    signed_at: chinaTime(now), kind: draft.kind, body: draft.body, subjects: draft.subjects,
    anchor: place.anchor,
  };
  if (draft.inputs.length) statement.inputs = draft.inputs;
  if (draft.outputs.length) statement.outputs = draft.outputs;
  if (openings.length) statement.sealed = sealed;
  const payload = canonicalBytes(statement);
  const signed = pae(payload);
  const signature = await crypto.subtle.sign(
    { name: "ECDSA", hash: "SHA-256" }, device.pair.privateKey, signed,
  );
  const id = hex(await sha256(signed));
  const parcel = {
    payload: base64(payload), payloadType: PAYLOAD_TYPE,
    signatures: [{ keyid: device.kid, sig: base64(signature) }],
  };
  if (openings.length) parcel.openings = openings.map((one) => ({ statement: id, ...one }));
  return { id, seq: place.next_seq, parcel };
}
