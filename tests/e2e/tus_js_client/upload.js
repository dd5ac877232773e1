// node upload.js ENDPOINT FILE SHA256 STATE: upload a file by tus, going on where STATE says an
// earlier run stopped. Prints the bytes sent as they go, and the upload's URL at the end.

import { createReadStream } from "node:fs";
import { FileUrlStorage, Upload } from "tus-js-client";

const [endpoint, file, sha256, state] = process.argv.slice(2);

const upload = new Upload(createReadStream(file), {
  endpoint,
  metadata: { filename: "clip.mp4", sha256 },
  fingerprint: async () => file,
  urlStorage: new FileUrlStorage(state),
  chunkSize: 12 * 1024 * 1024 + 17,
  retryDelays: Array(400).fill(500),
  onProgress: (sent) => console.log(sent),
  onSuccess: () => console.log(upload.url),
  onError: (error) => {
    console.error(error);
    process.exitCode = 1;
  },
});

const [previous] = await upload.findPreviousUploads();
if (previous) upload.resumeFromPreviousUpload(previous);
upload.start();
