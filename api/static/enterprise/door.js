// The server's door: asks, posts, and tells a refusal from no answer at all.

export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.title || `HTTP ${status}`);
    this.status = status;
    this.code = problem.code || "internal";
    this.detail = problem.detail || "";
  }
}

export class NoAnswer extends Error {}

// Not yet: what was sent is kept, and sent again unchanged after so many seconds.
export class Later extends NoAnswer {
  constructor(problem) {
    super(problem.title || "请过一会儿再试。");
    this.seconds = problem.wait_s || 60;
  }
}

async function ask(path, options) {
  let response;
  let answer;
  try {
    response = await fetch(path, { credentials: "same-origin", ...options });
    answer = await response.json();
  } catch (error) {
    throw new NoAnswer(String(error));
  }
  if (response.status === 429) throw new Later(answer);
  // A server that is busy or restarting has not said no: the same is sent again later.
  if (response.status >= 500) throw new NoAnswer(answer.title || `HTTP ${response.status}`);
  if (!response.ok) throw new Refusal(response.status, answer);
  return { status: response.status, answer };
}

export const get = (path) => ask(path, { headers: { Accept: "application/json" } });

export const post = (path, value) => ask(path, {
  method: "POST",
  headers: { "Content-Type": "application/json", Accept: "application/json" },
  body: JSON.stringify(value),
});

// Bytes as they are; the answer says under which hash they are kept.
export async function keepBytes(path, content) {
  const headers = { "Content-Type": content.type, Accept: "application/json" };
  return (await ask(path, { method: "POST", headers, body: content })).answer;
}
