// The printing desk: progress of jobs, and statements about codes signed in this browser.

import { get, Later, NoAnswer, post, Refusal } from "./door.js";
import { write } from "./pen.js";
import { findDevice } from "./vault.js";

const codes = document.getElementById("codes");
const said = document.getElementById("said");
const EVERY_MS = 1000;

// Jobs that are being drawn: the page is loaded anew when one is done, with its download.
async function follow(card) {
  try {
    const { answer } = await get(`/v1/labels/${card.dataset.job}`);
    if (["ready", "failed", "cleared"].includes(answer.state)) {
      location.reload();
      return;
    }
    const percent = Math.floor((100 * answer.drawn) / answer.count);
    card.querySelector("progress").value = percent;
    card.querySelector("[data-percent]").textContent = `${percent}%`;
  } catch (error) {
    if (!(error instanceof NoAnswer)) return;
  }
  setTimeout(() => follow(card), EVERY_MS);
}

function explain(error) {
  if (error instanceof Later) return error.message;
  if (error instanceof NoAnswer) return "没有收到平台的答复。已签名的记录存在这台设备里，网络恢复后会先补传，不会重复。";
  if (error instanceof Refusal && error.status === 401) return "登录已过期，请重新登录。";
  if (error instanceof Refusal) return error.detail ? `${error.message}（${error.detail}）` : error.message;
  return error.message;
}

// Ask for the drafts, then sign and send one behind the other; a refused draft stops before that.
// Returns whether they were sent.
async function state(path, held) {
  const device = await findDevice(codes.dataset.owner);
  if (!device) {
    const missing = document.getElementById("device-missing");
    missing.hidden = false;
    missing.scrollIntoView();
    return false;
  }
  said.textContent = "正在核对…";
  const { answer } = await post(path, held);
  const refused = answer.drafts.flatMap((draft) => draft.refusals);
  if (refused.length) {
    said.textContent = refused.map((one) => one.sentence_cn).join(" ");
    return false;
  }
  said.textContent = "正在签名…";
  for (const draft of answer.drafts) await write({ ...draft, values: {} }, device);
  said.textContent = "平台已收。";
  return true;
}

function take(id, path, read, then) {
  const form = document.getElementById(id);
  if (!form) return;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      if (await state(path, read())) then(form);
    } catch (error) {
      said.textContent = explain(error);
    } finally {
      button.disabled = false;
    }
  });
}

const value = (id) => document.getElementById(id).value;
const labels = `/v1/labels/${codes.dataset.lot}`;
// What a lot's page counts has changed; a case is done, and the next one begins in empty fields.
const anew = () => location.reload();
const next = (form) => {
  said.textContent = `平台已收：${value("sscc")}`;
  form.reset();
  form.querySelector("input").focus();
};
take("state", `${labels}/stating`, () => ({ last: value("last"), spoiled: value("spoiled") }), anew);
take("void", `${labels}/void`, () => ({ serials: value("serials"), reason: value("reason") }), anew);
take("case", "/v1/cases/stating", () => ({ sscc: value("sscc"), contents: value("contents") }), next);
codes.hidden = false;
for (const card of document.querySelectorAll("[data-job]")) follow(card);
