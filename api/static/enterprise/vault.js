// What this browser keeps: the device's key, and what was signed but has no receipt yet.

const NAME = "daodi-enterprise";
let opening = null;

function open() {
  opening = opening || new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("keys", { keyPath: "owner" });
      request.result.createObjectStore("unsent", { keyPath: "id" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opening;
}

async function ask(store, mode, act) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, mode);
    const request = act(transaction.objectStore(store));
    // Not when the request succeeds but when the transaction has: only then is it on disk.
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

export const findDevice = (owner) => ask("keys", "readonly", (keys) => keys.get(owner));
export const keepDevice = (device) => ask("keys", "readwrite", (keys) => keys.put(device));
export const keepUnsent = (one) => ask("unsent", "readwrite", (unsent) => unsent.put(one));
export const forgetUnsent = (id) => ask("unsent", "readwrite", (unsent) => unsent.delete(id));

// Signed and not yet answered, in the order of the key's own chain.
export async function listUnsent(owner) {
  const every = await ask("unsent", "readonly", (unsent) => unsent.getAll());
  return every.filter((one) => one.owner === owner).sort((a, b) => a.seq - b.seq);
}

// In place of one statement, the same draft signed anew: never neither, never both.
export async function replaceUnsent(old, fresh) {
  await ask("unsent", "readwrite", (unsent) => {
    unsent.delete(old.id);
    return unsent.put(fresh);
  });
}
