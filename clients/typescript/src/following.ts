/** A job until it has ended, by the service's server-sent events. */

import { patiently, sleep } from "./connecting.js";
import { JobEnded, ProblemReported } from "./errors.js";
import type { Client } from "./rest/client/index.js";
import { jobEvents, readJob } from "./rest/sdk.gen.js";
import type { JobBody } from "./rest/types.gen.js";

// The service says something every 15 seconds, and be it a comment.
const SILENCE_MS = 45_000;
const PAUSE_MS = 1000;

/**
 * The job when it has succeeded; `onChange` gets it each time that the service tells of it.
 *
 * A connection that breaks or falls silent is opened anew, and goes on after the last event that
 * was seen. Throws ProblemReported where the job failed, JobEnded, and NotReached.
 */
export async function ended(
  client: Client,
  job: JobBody,
  onChange: (job: JobBody) => void = () => {},
): Promise<JobBody> {
  const path = { job_id: job.id };
  let last = job;
  let seen: string | undefined;
  const take = (now: JobBody) => {
    last = now;
    onChange(last);
  };

  /** Take events from one connection, to its end; returns whether anything came. */
  async function listen(): Promise<boolean> {
    let heard = false;
    let deleted = false;
    const connection = new AbortController();
    const hangUp = () => connection.abort();
    let silence = setTimeout(hangUp, SILENCE_MS);
    try {
      const { stream } = await jobEvents({
        client,
        path,
        headers: seen === undefined ? {} : { "Last-Event-ID": seen },
        signal: connection.signal,
        sseMaxRetryAttempts: 1,
        onSseEvent: ({ event, id }) => {
          heard = true;
          seen = id ?? seen;
          deleted ||= event === "deleted";
          clearTimeout(silence);
          silence = setTimeout(hangUp, SILENCE_MS);
        },
      });
      // The document can say only that events are text: their data are jobs.
      for await (const changed of stream as AsyncIterable<unknown> as AsyncIterable<JobBody>) {
        if (deleted) throw new JobEnded("The job was deleted.");
        take(changed);
      }
      return heard;
    } finally {
      clearTimeout(silence);
      hangUp();
    }
  }

  while (!["succeeded", "failed", "cancelled"].includes(last.state)) {
    // A stream does not say why there is none; the job does.
    if (!(await listen())) take(await patiently(() => readJob<true>({ client, path })));
    await sleep(PAUSE_MS);
  }
  if (last.error) throw new ProblemReported(last.error);
  if (last.state === "cancelled") throw new JobEnded("The job was cancelled.");
  return last;
}
