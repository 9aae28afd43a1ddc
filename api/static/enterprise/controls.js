// The form's moving parts: rows, pickers, new codes, and the other unit beside what is typed.

import { nowInChina } from "./answers.js";
import { grouped, newCode } from "./codes.js";

const GRAMS = { "公斤": 1000, "斤": 500, "吨": 1e6, "克": 1 };
const METRES = { "亩": 2000 / 3, "平方米": 1 };
const OTHER = { "公斤": "斤", "斤": "公斤", "吨": "公斤", "克": "公斤", "亩": "平方米", "平方米": "亩" };
let rowNumber = 0;

function otherUnit(holder) {
  const amount = Number(holder.querySelector("[data-amount]").value.replace(/,/g, ""));
  const unit = holder.querySelector("[data-unit]").value;
  const factors = unit in GRAMS ? GRAMS : METRES;
  const converted = (amount * factors[unit]) / factors[OTHER[unit]];
  const shown = amount > 0 && Number.isFinite(converted);
  holder.querySelector("[data-other]").textContent = shown
    ? `＝ ${converted.toLocaleString("zh-CN", { maximumFractionDigits: 2 })} ${OTHER[unit]}` : "";
}

function prepare(part) {
  for (const made of part.querySelectorAll("[data-made]")) {
    made.dataset.code = made.textContent.trim() || newCode();
    made.textContent = grouped(made.dataset.code);
  }
  for (const select of part.querySelectorAll("[data-pick]")) {
    const input = select.parentElement.querySelector("[data-typed]");
    select.addEventListener("change", () => { input.hidden = select.value !== "*"; if (!input.hidden) input.focus(); });
  }
  for (const amount of part.querySelectorAll(".amount")) {
    const holder = amount.parentElement;
    holder.addEventListener("input", () => otherUnit(holder));
    holder.addEventListener("change", () => otherUnit(holder));
  }
}

function addRow(field) {
  rowNumber += 1;
  const row = field.querySelector("template").content.cloneNode(true);
  for (const name of ["id", "for", "aria-describedby"]) {
    for (const node of row.querySelectorAll(`[${name}*="ROW"]`)) {
      node.setAttribute(name, node.getAttribute(name).replace(/ROW/g, `${field.id}-${rowNumber}`));
    }
  }
  const list = field.querySelector("[data-rows]");
  list.append(row);
  const added = list.lastElementChild;
  added.querySelector("[data-remove]").addEventListener("click", () => {
    added.remove();
    field.querySelector("[data-add]").focus();
  });
  prepare(added);
  return added;
}

// Where the plot is chosen first, the work was there.
function followPlot(form) {
  const plot = form.querySelector("#q-plot");
  const site = form.querySelector("#q-site");
  if (plot && site) plot.addEventListener("change", () => { if (!site.value && plot.value !== "*") site.value = plot.value; });
}

export function setUp(form) {
  prepare(form);
  for (const field of form.querySelectorAll("fieldset[data-control]")) {
    const add = field.querySelector("[data-add]");
    if (!add) continue;
    add.addEventListener("click", () => addRow(field).querySelector("input,select").focus());
    addRow(field);
  }
  const time = form.querySelector("#q-event_time");
  if (time && !time.value) time.value = nowInChina();
  followPlot(form);
  form.hidden = false;
}

export function showRefusals(form, refusals) {
  for (const error of form.querySelectorAll("[data-error]")) {
    error.hidden = true;
    const control = document.getElementById(error.id.slice(2));
    if (control) control.removeAttribute("aria-invalid");
  }
  const panel = document.getElementById("refused");
  const list = document.getElementById("refused-list");
  list.textContent = "";
  panel.hidden = refusals.length === 0;
  for (const { field, sentence_cn: sentence } of refusals) {
    const line = document.createElement("li");
    const error = document.getElementById(`e-q-${field}`);
    const control = document.getElementById(`q-${field}`);
    if (error && control) {
      error.textContent = sentence;
      error.hidden = false;
      control.setAttribute("aria-invalid", "true");
      const link = document.createElement("a");
      link.href = `#q-${field}`;
      link.textContent = sentence;
      line.append(link);
    } else line.textContent = sentence;
    list.append(line);
  }
  if (refusals.length) panel.focus();
}
