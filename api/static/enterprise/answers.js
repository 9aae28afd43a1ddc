// A form's answers: what goes into the draft, and what is sealed and stays in this browser.

import { nameFile } from "./files.js";
import { chinaTime } from "./statement.js";

const text = (field) => field.querySelector("input,select,textarea").value.trim();

export function picked(holder) {
  const select = holder.querySelector("[data-pick]");
  return select.value === "*" ? holder.querySelector("[data-typed]").value.trim() : select.value;
}

export function weighed(holder) {
  const amount = holder.querySelector("[data-amount]").value.trim();
  return amount && amount + holder.querySelector("[data-unit]").value;
}

// What people type in a field of local time is China's, whatever this device's zone.
function timed(field) {
  const local = text(field);
  return local && (local.length === 16 ? local + ":00" : local) + "+08:00";
}

async function attached(field) {
  const names = [];
  for (const file of field.querySelector("input").files) {
    names.push(await nameFile(file, { sealed: "sealed" in field.dataset }));
  }
  if (!names.length) return "";
  return field.dataset.type === "files" ? names : names[0];
}

function typed(value, type) {
  if (type === "bool") return value === "true";
  const number = Number(value);
  return (type === "integer" || type === "amount") && Number.isFinite(number) ? number : value;
}

function rows(field) {
  const found = [];
  for (const row of field.querySelectorAll(".one-row")) {
    const said = {};
    for (const cell of row.querySelectorAll("[data-cell]")) {
      if (cell.value.trim()) said[cell.dataset.cell] = typed(cell.value.trim(), cell.dataset.type);
    }
    if (Object.keys(said).length) found.push(said);
  }
  return found.length ? found : "";
}

function cells(field) {
  const said = {};
  for (const cell of field.querySelectorAll("[data-cell]")) {
    if (cell.value.trim()) said[cell.dataset.cell] = Number(cell.value);
  }
  return Object.keys(said).length ? said : "";
}

function flags(field) {
  const said = {};
  for (const box of field.querySelectorAll("input")) said[box.value] = box.checked;
  return Object.values(said).some(Boolean) ? said : "";
}

const readers = {
  picked, mass: weighed, area: weighed, time: timed, file: attached, rows, flags, range: cells, geo: cells,
};

// Things of a side with a row each; what is made has its new code.
function things(field, side, draft) {
  const { key } = field.dataset;
  for (const row of field.querySelectorAll(".one-row")) {
    const made = row.querySelector("[data-made]");
    const uri = made ? made.dataset.code : picked(row);
    if (uri) draft[side].push({ field: key, uri, mass: weighed(row) });
  }
}

// A sealed value is read here, for the server is not told it before it is signed.
function sealedValue(value, type) {
  if (type === "texts") return value.split("\n").map((line) => line.trim()).filter(Boolean);
  return type === "number" && value.trim() !== "" ? Number(value) : value;
}

async function readField(field, draft, values) {
  const { key, at, control, type } = field.dataset;
  const [side, weight] = at.split("_");
  if (control === "lots") return things(field, side, draft);
  if (control === "made") {
    return draft[side].push({ field: key, uri: field.querySelector("[data-made]").dataset.code });
  }
  const value = await (readers[control] || text)(field);
  if (at === "time") draft.event_time = value;
  else if (at === "site") draft.site = value;
  else if (weight) {
    const last = draft[side][draft[side].length - 1];
    if (last) Object.assign(last, { mass: value, mass_field: key });
  } else if (at !== "body") draft[side].push({ field: key, uri: value });
  else if (value === "") return undefined;
  else if ("sealed" in field.dataset) values[key] = sealedValue(value, type);
  else draft.elements[key] = value;
  return undefined;
}

// `draft` is what POST /v1/drafts takes; `values` are the sealed ones, by name.
export async function readAnswers(form) {
  const draft = { kind: form.dataset.kind, event_time: "", inputs: [], outputs: [], about: [], elements: {} };
  const values = {};
  for (const field of form.querySelectorAll("[data-control]")) await readField(field, draft, values);
  if (form.dataset.corrects) draft.elements.corrects = form.dataset.corrects;
  for (const [name, value] of Object.entries(values)) {
    if (Number.isNaN(value) || (Array.isArray(value) && !value.length)) delete values[name];
  }
  draft.sealed = Object.keys(values);
  return { draft, values };
}

export function nowInChina() {
  return chinaTime(new Date()).slice(0, 16);
}
