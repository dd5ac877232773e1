/** A connection whose answers are what was asked for, or throw. */

import { NotReached, ProblemReported } from "./errors.js";
import { type Client, createClient, createConfig } from "./rest/client/index.js";
import type { Problem } from "./rest/types.gen.js";

const PASSING = [423, 429, 502, 503, 504];
const TRIES = 6;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 20_000;

/**
 * A client for the functions of this package and of `rest`. With it every call throws
 * ProblemReported, or NotReached, where the answer is an error.
 *
 * `key` is an API key, `nhk_…`; a service on this machine may need none.
 */
export function connect(url: string, key?: string): Client {
  const client = createClient(createConfig({ baseUrl: url, auth: key, throwOnError: true }));
  client.interceptors.error.use((error, response) => {
    if (isProblem(error)) return new ProblemReported(error);
    const said = response ? `answered with the status ${response.status}` : `gave no answer: ${error}`;
    return new NotReached(`${url} ${said}.`, { cause: error });
  });
  return client;
}

/** The data of an answer to a call that may be made twice; what may pass is tried again. */
export async function patiently<T>(call: () => Promise<{ data: T }>): Promise<NonNullable<T>> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { data } = await call();
      if (data === undefined || data === null) throw new NotReached("There was an answer without a body.");
      return data;
    } catch (error) {
      if (attempt === TRIES || !mayPass(error)) throw error;
    }
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1));
    await sleep(pause * (0.5 + Math.random() / 2));
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function isProblem(error: unknown): error is Problem {
  return typeof error === "object" && error !== null && "code" in error && "detail" in error;
}

function mayPass(error: unknown): boolean {
  return error instanceof ProblemReported
    ? PASSING.includes(error.problem.status)
    : error instanceof NotReached;
}
