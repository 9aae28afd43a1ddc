// What the signed statements say of a pack's serial.

import { plain } from "./addresses.js";
import { making, things } from "./ancestry.js";
import { serialOf } from "./asked.js";
import { isKind, own, validOn } from "./head.js";

// It was never registered, is withdrawn, or is good.
export function judgeSerial(serial) {
  const [asked] = things;
  const { first, last } = own(making(asked), "code_range") || {};
  if (!(first <= serial && serial <= last)) return "unknown";
  const voided = validOn([asked]).filter(isKind("CODE_VOID")).flatMap((one) => own(one, "codes"));
  return voided.some((text) => covers(text, serial)) ? "voided" : "unit";
}

// A number, a range, or the code of a pack.
function covers(text, serial) {
  const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(text.trim()) || [];
  return first ? first <= serial && serial <= last : serialOf(plain(text.slice(-12))) === serial;
}
