// One record: asked, checked, signed in this browser, sent, and shown with its receipt.

import { readAnswers } from "./answers.js";
import { setUp, showRefusals } from "./controls.js";
import { Later, NoAnswer, post, Refusal } from "./door.js";
import { chinaTime } from "./statement.js";
import { write } from "./pen.js";
import { findDevice } from "./vault.js";

const form = document.getElementById("record");
const button = document.getElementById("sign");
const said = document.getElementById("said");

function showReceipt(draft, receipt) {
  const size = receipt.checkpoint.split("\n")[1];
  document.getElementById("receipt-index").textContent = receipt.index;
  document.getElementById("receipt-size").textContent = size;
  document.getElementById("receipt-time").textContent = chinaTime(new Date(receipt.admitted_ms)).slice(0, 19).replace("T", " ");
  document.getElementById("receipt-id").textContent = receipt.statement_id;
  const list = document.getElementById("receipt-things");
  for (const uri of [...draft.outputs, ...draft.about]) {
    const code = uri.slice(uri.lastIndexOf("/") + 1);
    const line = document.createElement("li");
    for (const [path, words] of [["/enterprise/lots/", "批次页"], ["/t/", "公众看到的页面"]]) {
      if (path === "/t/" && !uri.includes("/lot/")) continue;
      const link = document.createElement("a");
      link.href = path + code;
      link.textContent = `${words} ${code.toUpperCase()}`;
      line.append(link, " ");
    }
    list.append(line);
  }
  form.hidden = true;
  const panel = document.getElementById("receipt");
  panel.hidden = false;
  panel.focus();
}

// Sealed answers that are required but empty are refused by the draft; their values stay here.
async function record(device) {
  said.textContent = "正在核对…";
  const { draft: asked, values } = await readAnswers(form);
  const { answer: draft } = await post("/v1/drafts", asked);
  showRefusals(form, draft.refusals);
  if (draft.refusals.length) {
    said.textContent = "";
    return;
  }
  said.textContent = "正在签名…";
  const about = draft.inputs.length || draft.outputs.length ? [] : draft.subjects.map((uri) => uri.replace(/#out$/, ""));
  const receipt = await write({ ...draft, values }, device);
  said.textContent = "";
  showReceipt({ outputs: draft.outputs, about }, receipt);
}

function explain(error) {
  if (error instanceof Later) return error.message;
  if (error instanceof NoAnswer) return "没有收到平台的答复。已签名的记录存在这台设备里，网络恢复后会先补传，不会重复。";
  if (error instanceof Refusal && error.status === 401) return "登录已过期，请重新登录。";
  return error.message;
}

async function start() {
  setUp(form);
  const device = await findDevice(form.dataset.owner);
  document.getElementById("device-missing").hidden = Boolean(device);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const found = device || await findDevice(form.dataset.owner);
    if (!found) {
      document.getElementById("device-missing").scrollIntoView();
      return;
    }
    button.disabled = true;
    try {
      await record(found);
    } catch (error) {
      said.textContent = explain(error);
    } finally {
      button.disabled = false;
    }
  });
}

start();
