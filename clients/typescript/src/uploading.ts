/** A file into the service's object store: in parts, some at once, each tried again by itself. */

import { patiently, sleep } from "./connecting.js";
import { NotReached, ProblemReported } from "./errors.js";
import type { Client } from "./rest/client/index.js";
import { completeUpload, createUpload, listPartUrls, readUpload } from "./rest/sdk.gen.js";
import type { UploadBody } from "./rest/types.gen.js";

const AT_ONCE = 4;
const POLL_MS = 1000;

/** A complete upload, of the length of `file`; at most 4 parts are being sent at a time. */
export async function upload(client: Client, file: Blob, name: string): Promise<UploadBody> {
  // The same at every try: one upload is begun, not several.
  const headers = { "Idempotency-Key": `"${key()}"` };
  const body = { name, bytes: file.size };
  const begun = await patiently(() => createUpload<true>({ client, headers, body }));
  const path = { upload_id: begun.id };
  let next = 1;
  const sendSome = async () => {
    while (next <= begun.parts_total) await sendPart(client, file, begun, next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sendSome));
  let sent = await patiently(() => completeUpload<true>({ client, path, body: {} }));
  while (sent.state === "verifying") {
    await sleep(POLL_MS);
    sent = await patiently(() => readUpload<true>({ client, path }));
  }
  if (sent.error) throw new ProblemReported(sent.error);
  return sent;
}

/** 128 random bits. `randomUUID` is not there on pages that came without TLS. */
function key(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function sendPart(client: Client, file: Blob, upload: UploadBody, number: number): Promise<void> {
  await patiently(async () => {
    // A URL is good for minutes only: each try gets its own.
    const query = { first: number, count: 1 };
    const { data } = await listPartUrls<true>({ client, path: { upload_id: upload.id }, query });
    const start = (number - 1) * upload.part_bytes;
    for (const part of data.parts) {
      const body = file.slice(start, start + part.bytes);
      const answer = await fetch(part.url, { method: "PUT", body }).catch((error: unknown) => {
        throw new NotReached(`The object store gave no answer: ${error}.`, { cause: error });
      });
      if (!answer.ok) throw new NotReached(`The object store answered with ${answer.status}.`);
    }
    return { data: true };
  });
}
