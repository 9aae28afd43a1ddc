// Sign, keep, send: a statement is kept before it is sent and forgotten only with its receipt.

import { get, NoAnswer, post, Refusal } from "./door.js";
import { sign } from "./statement.js";
import { forgetUnsent, keepUnsent, listUnsent, replaceUnsent } from "./vault.js";

// The key's chain stands elsewhere than this browser thought: a lost answer, a second tab, a backup.
const MOVED = new Set(["seq_gap", "wrong_prev", "equivocation"]);

async function signNext(draft, device) {
  const { answer: place } = await get(`/v1/keys/${device.kid}`);
  const signed = await sign(draft, device, place, new Date());
  return { ...signed, owner: device.owner, draft, state: "kept", why: "" };
}

async function send(one) {
  const { answer } = await post("/v1/statements", one.parcel);
  await forgetUnsent(one.id);
  return answer;
}

// Send one that is kept. When the chain has moved on, sign the same draft once more; when it is
// refused otherwise, keep it with the reason, out of the way of those behind it.
async function deliver(one, device) {
  try {
    return await send(one);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (!MOVED.has(error.code)) {
      await keepUnsent({ ...one, state: "refused", why: error.message });
      throw error;
    }
  }
  const fresh = await signNext(one.draft, device);
  await replaceUnsent(one, fresh);
  try {
    return await send(fresh);
  } catch (error) {
    if (error instanceof Refusal) await keepUnsent({ ...fresh, state: "refused", why: error.message });
    throw error;
  }
}

// Deliver what waits, oldest first. A refused one never blocks the queue; no answer stops it.
export async function flush(device) {
  const receipts = [];
  for (const one of await listUnsent(device.owner)) {
    if (one.state === "refused") continue;
    try {
      receipts.push({ draft: one.draft, receipt: await deliver(one, device) });
    } catch (error) {
      if (error instanceof NoAnswer) throw error;
    }
  }
  return receipts;
}

// Sign one refused statement anew and send it.
export async function again(one, device) {
  const fresh = await signNext(one.draft, device);
  await replaceUnsent(one, fresh);
  return deliver(fresh, device);
}

// Sign a draft and send it, behind everything that waits.
export async function write(draft, device) {
  await flush(device);
  const one = await signNext(draft, device);
  await keepUnsent(one);
  return deliver(one, device);
}
