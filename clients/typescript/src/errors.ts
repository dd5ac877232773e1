/** What can go wrong, in a sentence for a person. */

import type { Problem } from "./rest/types.gen.js";

/** `message` is the sentence. */
export class NhanceError extends Error {}

/** The service says no, or that a job failed; `problem.code` is for programs. */
export class ProblemReported extends NhanceError {
  constructor(readonly problem: Problem) {
    super(`${problem.title}: ${problem.detail}`);
  }
}

/** The job was cancelled or deleted by somebody else. */
export class JobEnded extends NhanceError {}

/** The service, or its object store, does not answer, or is none. */
export class NotReached extends NhanceError {}
