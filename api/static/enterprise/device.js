// This browser's device: its key is made here and never leaves; what waits is shown and resent.

import { get, Later, NoAnswer, post, Refusal } from "./door.js";
import { again, flush } from "./pen.js";
import { base64, hex, sha256 } from "./statement.js";
import { findDevice, keepDevice, listUnsent } from "./vault.js";

const element = (id) => document.getElementById(id);
const { owner } = element("device").dataset;

const STATES = { enrolled: "在用", retired: "已注销", suspended: "主体已暂停", root: "登记员" };

async function newDevice() {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
  const spki = await crypto.subtle.exportKey("spki", pair.publicKey);
  const device = { owner, pair, spki: base64(spki), kid: hex(await sha256(spki)) };
  await keepDevice(device);
  // Asked for, not relied on: without it a browser short of room may throw the key away.
  if (navigator.storage && navigator.storage.persist) await navigator.storage.persist();
  return device;
}

function say(text) {
  element("device-said").textContent = text;
}

function showOperator(answer) {
  element("operator-file").textContent = answer.file;
  element("operator-command").textContent = answer.command;
  element("operator-pem").textContent = answer.pem;
  element("operator").hidden = false;
}

async function enrol(device) {
  const { status, answer } = await post("/v1/keys", { alg: "ES256", spki: device.spki });
  element("operator").hidden = true;
  if (status === 202) {
    showOperator(answer);
    return;
  }
  await show(device);
}

async function show(device) {
  try {
    const { answer: place } = await get(`/v1/keys/${device.kid}`);
    element("enrol").hidden = true;
    element("device-facts").hidden = false;
    element("device-state").textContent = STATES[place.status] || place.status;
    element("device-seq").textContent = place.next_seq;
    element("device-kid").textContent = device.kid;
    say("这台设备可以签名。");
  } catch (error) {
    if (!(error instanceof Refusal && error.status === 404)) throw error;
    element("enrol").hidden = false;
    say("钥匙已经造好，还没有登记。");
  }
}

function unsentLine(one, device) {
  const line = document.createElement("li");
  const state = one.state === "refused" ? `要处理：${one.why}` : "在这台设备里，等待补传";
  line.textContent = `${one.draft.kind_cn}（编号 ${one.seq}）：${state} `;
  if (one.state === "refused") {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "second";
    button.textContent = "重新签名再送";
    button.addEventListener("click", () => attempt(() => again(one, device), device));
    line.append(button);
  }
  return line;
}

async function showUnsent(device) {
  const waiting = await listUnsent(owner);
  element("unsent").hidden = waiting.length === 0 && !element("unsent-said").textContent;
  element("resend").hidden = !waiting.some((one) => one.state !== "refused");
  const list = element("unsent-list");
  list.textContent = "";
  for (const one of waiting) list.append(unsentLine(one, device));
}

const LONGEST_MS = 3_600_000;
let retry = 0;

// Whoever is told to wait tries by himself when the time has come.
function tryLater(error, device) {
  clearTimeout(retry);
  retry = setTimeout(() => attempt(() => flush(device), device), Math.min(error.seconds * 1000, LONGEST_MS));
  return error.message;
}

async function attempt(act, device) {
  try {
    const receipts = await act();
    const count = Array.isArray(receipts) ? receipts.length : 1;
    if (count) element("unsent-said").textContent = `补传了 ${count} 条，平台已收。`;
  } catch (error) {
    if (error instanceof Later) element("unsent-said").textContent = tryLater(error, device);
    else element("unsent-said").textContent = error instanceof NoAnswer ? "平台没有答复，稍后再试。" : error.message;
  }
  await showUnsent(device);
}

async function start() {
  if (!window.isSecureContext || !window.crypto || !crypto.subtle || !window.indexedDB) {
    say("这个浏览器不能造钥匙：请用新一点的浏览器，并通过 https 或 127.0.0.1 打开。");
    return;
  }
  let device = await findDevice(owner);
  element("enrol").addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      device = device || await newDevice();
      await enrol(device);
    } catch (error) {
      say(error instanceof NoAnswer && !(error instanceof Later) ? "平台没有答复，请稍后再试。" : error.message);
    }
  });
  element("look-again").addEventListener("click", () => show(device));
  element("resend").addEventListener("click", () => attempt(() => flush(device), device));
  window.addEventListener("online", () => { if (device) attempt(() => flush(device), device); });
  if (!device) {
    element("enrol").hidden = false;
    say("这个浏览器还没有钥匙。");
    return;
  }
  if ((await listUnsent(owner)).some((one) => one.state !== "refused")) await attempt(() => flush(device), device);
  await showUnsent(device);
  await show(device);
}

start().catch((error) => say(error.message));
