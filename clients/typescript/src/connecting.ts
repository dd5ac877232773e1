/** A connection whose answers are what was asked for, or throw. */

import { NotReached, ProblemReported } from "./errors.js";
import { type Client, createClient, createConfig } from "./rest/client/index.js";
import type { Problem } from "./rest/types.gen.js";

const PASSING = [423, 429, 502, 503, 504];
// An earlier request is still being carried out.
const UNDER_WAY = ["idempotency-key-in-use", "verifying"];
// More than half a minute: so long a gateway that died holds an idempotency key.
const TRIES = 7;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 20_000;
const LONGEST_WAIT_S = 60;

/**
 * A client for the functions of this package and of `rest`. With it every call throws
 * ProblemReported, or NotReached, where the answer is an error.
 *
 * `key` is an API key, `nhk_…`; a service on this machine may need none.
 */
export function connect(url: string, key?: string): Client {
  const client = createClient(createConfig({ baseUrl: url, auth: key, throwOnError: true }));
  client.interceptors.error.use((error, response) => {
    if (isProblem(error)) return new ProblemReported(error, againAfterS(response));
    const said = response ? `answered with the status ${response.status}` : `gave no answer: ${error}`;
    return new NotReached(`${url} ${said}.`, { cause: error });
  });
  return client;
}

/**
 * The data of an answer to a call that may be made twice; what may pass is tried again, no sooner
 * than the service says.
 */
export async function patiently<T>(call: () => Promise<{ data: T }>): Promise<NonNullable<T>> {
  for (let attempt = 1; ; attempt++) {
    let pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1)) + 1000 * Math.random();
    try {
      const { data } = await call();
      if (data === undefined || data === null) throw new NotReached("There was an answer without a body.");
      return data;
    } catch (error) {
      if (attempt === TRIES || !mayPass(error)) throw error;
      if (error instanceof ProblemReported) pause = Math.max(pause, 1000 * error.againAfterS);
    }
    await sleep(pause);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function isProblem(error: unknown): error is Problem {
  return typeof error === "object" && error !== null && "code" in error && "detail" in error;
}

function againAfterS(response?: Response): number {
  return Number(response?.headers.get("Retry-After")) || 0;
}

function mayPass(error: unknown): boolean {
  if (!(error instanceof ProblemReported)) return error instanceof NotReached;
  const { status, code } = error.problem;
  return (PASSING.includes(status) || UNDER_WAY.includes(code)) && error.againAfterS <= LONGEST_WAIT_S;
}
