// Videos on their way in, one after the other. Each survives a reload: its address is kept, the
// person is asked for the same file again, and the upload goes on where it stopped.

import { Problem, post } from "./api.js";
import { Card } from "./card.js";
import { confirmed, find } from "./dom.js";
import { bytes, duration, percent, plural } from "./format.js";
import * as tus from "./tus.js";

const STORED = "nhance.uploads";
const RATE_WINDOW_MS = 4000;
const UNDER_WAY = new Set(["verifying", "idempotency-key-in-use"]);

/**
 * An upload: `key` (also the job's Idempotency-Key), `url` once the server knows it, `name`,
 * `bytes`, `options` of the job; and in this page: `file`, `sent`, `state`, `detail`.
 * States: waiting, sending, broken (tries again), checking, stopped (needs its file), refused.
 */
export class Uploads {
  #uploads = [];
  #running = false;

  /** `onJob(job)` gets each job that comes of an upload; `onChange()` follows every change. */
  constructor(list, { onJob, onChange }) {
    this.list = list;
    this.onJob = onJob;
    this.onChange = onChange;
    addEventListener("beforeunload", (event) => {
      if (this.#uploads.some((upload) => upload.file && upload.state !== "refused")) event.preventDefault();
    });
  }

  get size() {
    return this.#uploads.length;
  }

  /** Take up what an earlier visit began. */
  async restore() {
    for (const kept of JSON.parse(localStorage.getItem(STORED) ?? "[]")) {
      this.#enter({ ...kept, file: null, sent: 0, state: "stopped", detail: "" });
    }
    await Promise.all(this.#uploads.map((upload) => this.#look(upload)));
    this.#run();
  }

  /** Add files; one that an interrupted upload waits for goes there. */
  add(files, options) {
    for (const file of files) {
      const stopped = this.#uploads.find((upload) => upload.state === "stopped" && matches(upload, file));
      if (stopped) {
        this.#resume(stopped, file);
        continue;
      }
      this.#enter({
        key: newKey(), url: null, name: file.name, bytes: file.size, options,
        file, sent: 0, state: "waiting", detail: "",
      });
    }
    this.#run();
  }

  /** Whether what is unfinished may end, of which a person is asked who has any. */
  async mayEnd() {
    const open = this.#uploads.filter((upload) => upload.state !== "refused").length;
    return open === 0 || await confirmed({
      title: "Sign out?",
      text: `${plural(open, "upload is", "uploads are")} not done, and would be thrown away. The videos on your device stay as they are.`,
      yes: "Sign out",
      no: "Stay",
    });
  }

  /** End all: whoever comes next at this browser shall find no names. The server sweeps the rest. */
  end() {
    for (const upload of this.#uploads) {
      upload.stop?.abort();
      this.#leave(upload);
    }
  }

  /** A job that the stream tells of before its request is answered takes its upload's place. */
  arrived(job) {
    const upload = this.#uploads.find((one) => one.url !== null && idOf(one) === job.labels.upload);
    if (upload) this.#leave(upload);
  }

  /** How far a stopped upload is; a whole one needs no file, a forgotten one starts over. */
  async #look(upload) {
    try {
      upload.sent = await tus.offsetOf(upload.url, new AbortController().signal);
      if (upload.sent === upload.bytes) upload.state = "waiting";
    } catch (error) {
      if (error instanceof Problem && !error.passing) upload.url = null;
    }
    this.#show(upload);
  }

  #resume(upload, file) {
    Object.assign(upload, { file, state: "waiting", detail: "" });
    this.#show(upload);
    this.#run();
  }

  async #run() {
    if (this.#running) return;
    this.#running = true;
    for (;;) {
      const next = this.#uploads.find((upload) => upload.state === "waiting");
      if (next === undefined) break;
      await this.#bring(next);
    }
    this.#running = false;
  }

  async #bring(upload) {
    const stop = new AbortController();
    upload.stop = stop;
    const rate = new Rate();
    try {
      if (upload.sent < upload.bytes || upload.bytes === 0) {
        this.#change(upload, { state: "sending" });
        await this.#patiently(upload, async () => {
          upload.url ??= await tus.create(upload.file);
        });
        this.#keep();
        await tus.transfer(upload.url, upload.file, {
          signal: stop.signal,
          onProgress: (sent) => this.#change(upload, { sent, rate: rate.of(sent) }),
          onPause: (problem) =>
            this.#change(upload, { state: problem ? "broken" : "sending", detail: problem?.message ?? "" }),
        });
      }
      this.#change(upload, { state: "checking", detail: "" });
      const job = await this.#patiently(upload, () =>
        post("/v1/jobs", { ...upload.options, upload_id: idOf(upload), labels: { upload: idOf(upload) } },
          { "Idempotency-Key": `"${upload.key}"` }));
      this.#leave(upload);
      this.onJob(job);
    } catch (error) {
      if (stop.signal.aborted) return;
      if (!this.#uploads.includes(upload)) this.#enter(upload);
      this.#change(upload, { state: "refused", detail: error.message });
      this.#keep();
    }
  }

  /** Do a step, again after a pause for as long as only the connection is at fault. */
  async #patiently(upload, step) {
    for (;;) {
      try {
        return await step();
      } catch (error) {
        if (!(error instanceof Problem) || !(error.passing || UNDER_WAY.has(error.code))) throw error;
        this.#change(upload, { detail: error.message });
        await new Promise((resolve) => setTimeout(resolve, 2000 + 2000 * Math.random()));
        upload.stop.signal.throwIfAborted();
      }
    }
  }

  async #discard(upload) {
    const sure = upload.state === "refused" || await confirmed({
      title: `Stop uploading ${upload.name}?`,
      text: "What has been sent is thrown away. The video on your device stays as it is.",
      yes: "Stop the upload",
      no: "Go on",
    });
    if (!sure || !this.#uploads.includes(upload)) return;
    upload.stop?.abort();
    this.#leave(upload);
    if (upload.url) tus.forget(upload.url).catch(() => {}); // the server sweeps what is abandoned
  }

  #askAgain(upload) {
    const input = find("again-input");
    input.value = "";
    input.onchange = () => {
      const [file] = input.files;
      if (matches(upload, file)) return this.#resume(upload, file);
      return this.#change(upload, {
        detail: `That is another file: ${file.name}, ${bytes(file.size)}. This upload is of ${upload.name}, ${bytes(upload.bytes)}.`,
      });
    };
    input.click();
  }

  #enter(upload) {
    upload.card = new Card();
    this.list.prepend(upload.card.element);
    this.#uploads.push(upload);
    this.#show(upload);
    this.onChange();
  }

  #leave(upload) {
    upload.card.element.remove();
    this.#uploads = this.#uploads.filter((other) => other !== upload);
    this.#keep();
    this.onChange();
  }

  #change(upload, news) {
    Object.assign(upload, news);
    this.#show(upload);
  }

  #keep() {
    const kept = this.#uploads
      .filter((upload) => upload.url && upload.state !== "refused")
      .map(({ key, url, name, bytes: size, options }) => ({ key, url, name, bytes: size, options }));
    localStorage.setItem(STORED, JSON.stringify(kept));
  }

  #show(upload) {
    upload.card.show(viewOf(upload, () => this.#askAgain(upload), () => this.#discard(upload)));
  }
}

function viewOf(upload, askAgain, discard) {
  const share = upload.bytes ? upload.sent / upload.bytes : 1;
  const [look, state, count] = {
    waiting: ["waiting", "Waiting to upload", ""],
    sending: ["busy", "Uploading", upload.detail || [
      percent(share), `${bytes(upload.sent)} of ${bytes(upload.bytes)}`,
      upload.rate && `${bytes(upload.rate)}/s`,
      upload.rate && `about ${duration((upload.bytes - upload.sent) / upload.rate)} left`,
    ].filter(Boolean).join(" · ")],
    broken: ["busy", "Upload interrupted", `${upload.detail} Trying again; ${percent(share)} is safe.`],
    checking: ["busy", "Looking at the video", upload.detail],
    stopped: ["waiting", `Stopped at ${percent(share)}`,
      upload.detail || "Choose the same file again, and the upload goes on from there."],
    refused: ["bad", "Not taken", upload.detail],
  }[upload.state];
  return {
    look, state, count,
    name: upload.name,
    facts: bytes(upload.bytes),
    share: upload.state === "refused" ? null : share,
    poster: null,
    href: null,
    buttons: [
      upload.state === "stopped" && { label: "Choose the file", run: askAgain, strong: true },
      upload.state === "refused" ? { label: "Dismiss", run: discard }
        : { label: "Stop", run: discard },
    ].filter(Boolean),
  };
}

const idOf = (upload) => upload.url.split("/").pop();

const matches = (upload, file) => upload.name === file.name && upload.bytes === file.size;

/** randomUUID exists in secure contexts alone. */
const newKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Bytes a second over the last few seconds; null while too little is known. */
class Rate {
  #points = [];

  of(sent) {
    const now = performance.now();
    this.#points.push([now, sent]);
    while (now - this.#points[0][0] > RATE_WINDOW_MS) this.#points.shift();
    const [[then, before]] = this.#points;
    return now - then > 500 && sent > before ? (1000 * (sent - before)) / (now - then) : null;
  }
}
