/** A file in, a file out. */

import { patiently } from "./connecting.js";
import { JobEnded, NhanceError, NotReached } from "./errors.js";
import { ended } from "./following.js";
import type { Client } from "./rest/client/index.js";
import { createJob, deleteUpload, video as videoOf } from "./rest/sdk.gen.js";
import type { JobBody, UploadedJobRequest } from "./rest/types.gen.js";
import { upload } from "./uploading.js";

/** What a job may be asked for: `model`, `strength` and so on. */
export type Options = Omit<UploadedJobRequest, "upload_id">;

/**
 * The enhanced video, named NAME.enhanced.EXT. `onChange` gets the job each time that it has got
 * further. Throws NhanceError, whose message is for a person.
 */
export async function enhance(
  client: Client,
  video: File,
  options: Options = {},
  onChange?: (job: JobBody) => void,
): Promise<File> {
  const sent = await upload(client, video, video.name);
  // With the same key, an order that is sent again makes no second job.
  const headers = { "Idempotency-Key": `"${sent.id}"` };
  const body = { ...options, upload_id: sent.id };
  const made = await patiently(() => createJob<true>({ client, headers, body }));
  // The job has its own copy; what stays behind expires.
  await deleteUpload({ client, path: { upload_id: sent.id } }).catch(() => {});
  if (!("id" in made)) throw new JobEnded("There is no job: it was only validated.");
  return await download(client, await ended(client, made, onChange));
}

/** The enhanced video of a job that has succeeded. */
export async function download(client: Client, job: JobBody): Promise<File> {
  if (!job.output) throw new JobEnded(`The job has no video; it is ${job.state}.`);
  const path = { job_id: job.id };
  const blob = await patiently(async () => {
    try {
      return await videoOf<true>({ client, path, parseAs: "blob" });
    } catch (error) {
      if (error instanceof NhanceError) throw error;
      throw new NotReached(`The download broke off: ${error}.`, { cause: error });
    }
  });
  const stem = job.source.name.replace(/\.[^.]*$/, "");
  return new File([blob], `${stem}.enhanced.${job.output.extension}`, { type: blob.type });
}
