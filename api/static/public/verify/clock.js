// Times as people in China read them.

export const DAY_MS = 86400000;

export const clock = (ms) => new Date(ms + DAY_MS / 3).toISOString().slice(0, 16).replace("T", " ");
