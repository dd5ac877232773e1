/** A job until it has ended, by the service's server-sent events. */

import { sleep } from "./connecting.js";
import { JobEnded, NotReached, ProblemReported } from "./errors.js";
import type { Client } from "./rest/client/index.js";
import { jobEvents } from "./rest/sdk.gen.js";
import type { JobBody } from "./rest/types.gen.js";

const TRIES = 6;
const PAUSE_MS = 1000;

/**
 * The job when it has succeeded; `onChange` gets it each time that it has changed.
 *
 * A connection that breaks is opened anew, and goes on after the last event that was seen. Throws
 * ProblemReported where the job failed, JobEnded, and NotReached.
 */
export async function ended(
  client: Client,
  job: JobBody,
  onChange: (job: JobBody) => void = () => {},
): Promise<JobBody> {
  let last = job;
  let deleted = false;
  while (!["succeeded", "failed", "cancelled"].includes(last.state)) {
    let heard = false;
    const { stream } = await jobEvents({
      client,
      path: { job_id: job.id },
      sseMaxRetryAttempts: TRIES,
      onSseEvent: ({ event }) => {
        heard = true;
        deleted ||= event === "deleted";
      },
    });
    // The document can say only that events are text: their data are jobs.
    for await (const changed of stream as AsyncIterable<unknown> as AsyncIterable<JobBody>) {
      if (deleted) throw new JobEnded("The job was deleted.");
      last = changed;
      onChange(last);
    }
    if (!heard) throw new NotReached("The service tells nothing of the job.");
    await sleep(PAUSE_MS);
  }
  if (last.error) throw new ProblemReported(last.error);
  if (last.state === "cancelled") throw new JobEnded("The job was cancelled.");
  return last;
}
