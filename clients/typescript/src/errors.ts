/** What can go wrong, in a sentence for a person. */

import type { Problem } from "./rest/types.gen.js";

/** `message` is the sentence. */
export class NhanceError extends Error {}

/**
 * The service says no, or that a job failed; `problem.code` is for programs. Where the same may go
 * well later, `againAfterS` is how many seconds later, as far as the service says so.
 */
export class ProblemReported extends NhanceError {
  constructor(readonly problem: Problem, readonly againAfterS = 0) {
    super(`${problem.title}: ${problem.detail}`);
  }
}

/** The job was cancelled or deleted by somebody else. */
export class JobEnded extends NhanceError {}

/** The service, or its object store, does not answer, or is none. */
export class NotReached extends NhanceError {}
