// The page's own elements: the box that tells its state, and its sentences and words for codes by name.

export const elements = (places, holder = document) => [...holder.querySelectorAll(places)];
export const [box] = elements("#status");
const [phone] = elements("#phone");
export const pins = phone.dataset;
// Each carries its looks too.
export const words = {};
for (const one of phone.content.children) words[one.dataset.word] = one;

export const say = (name, ...values) => values.reduce((line, value) => line.replace("{}", value), words[name].innerHTML);
