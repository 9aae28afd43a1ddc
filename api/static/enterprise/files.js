// Attached files: the server keeps them under their hash before a statement names it.

import { keepBytes } from "./door.js";
import { hex, sha256 } from "./statement.js";

const KEPT = new Set(["application/pdf", "image/jpeg", "image/png"]);
const JPEG = "image/jpeg";
const PHOTO_BYTES = 150_000;
const SIDES = [1600, 1200, 900, 640];
const QUALITIES = [0.8, 0.6];
const known = new WeakMap(); // a refused form is sent again, its files are not

async function named(content, type) {
  const digest = hex(await sha256(await content.arrayBuffer()));
  return { sha256: digest, type: type || "application/octet-stream", size: content.size };
}

// Drawn anew, so that nothing of what the camera noted is left; the last is the smallest.
async function shrunk(file) {
  const picture = await createImageBitmap(file);
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  let content = null;
  for (const side of SIDES) {
    const scale = Math.min(1, side / Math.max(picture.width, picture.height));
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    pen.fillStyle = "white";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    for (const quality of QUALITIES) {
      content = await new Promise((done) => { canvas.toBlob(done, JPEG, quality); });
      if (!content || content.size <= PHOTO_BYTES) return content;
    }
  }
  return content;
}

async function keep(file) {
  const photo = file.type.startsWith("image/");
  const drawn = photo ? await shrunk(file).catch(() => null) : null;
  if (!drawn && !KEPT.has(file.type)) return named(file, file.type); // it stays with its owner
  const content = drawn || file;
  // A photo that this browser cannot draw is rid of its notes by the server, which changes its bytes.
  const strip = photo && !drawn;
  const kept = await keepBytes(strip ? "/v1/files?strip=true" : "/v1/files", content);
  if (!strip && kept.sha256 !== (await named(content)).sha256) throw new Error("平台收到的文件和发出的不一样，请再试一次。");
  return kept;
}

// How statements name a file: {sha256, type, size}. What is sealed never leaves this device.
export function nameFile(file, { sealed }) {
  if (sealed) return named(file, file.type);
  if (!known.has(file)) {
    const naming = keep(file);
    known.set(file, naming);
    naming.catch(() => known.delete(file));
  }
  return known.get(file);
}
