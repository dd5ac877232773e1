// A client of tus 1.0 (https://tus.io/protocols/resumable-upload): creation, offsets, checksums.

import { Problem, send, signIn } from "./api.js";

const VERSION = { "Tus-Resumable": "1.0.0" };
const PIECE_BYTES = 8 << 20;
const LONGEST_PAUSE_MS = 15_000;
// What another look at the offset cures: it moved on, another request is at it, bytes went bad.
const CURABLE = new Set([409, 423, 460]);

/** Make an upload for a file; returns its address. */
export async function create(file) {
  const name = btoa(String.fromCharCode(...new TextEncoder().encode(file.name)));
  const response = await send("/v1/tus", {
    method: "POST",
    headers: { ...VERSION, "Upload-Length": file.size, "Upload-Metadata": `filename ${name}` },
  });
  return new URL(response.headers.get("Location"), location.href).pathname;
}

/** How many bytes the server has; raises Problem 404 or 410 once it has forgotten them. */
export async function offsetOf(url, signal) {
  const response = await send(url, { method: "HEAD", headers: VERSION, signal });
  return Number(response.headers.get("Upload-Offset"));
}

export const forget = (url) => send(url, { method: "DELETE", headers: VERSION });

/**
 * Send what is missing of a file, piece by piece, through lost connections, until all is there.
 * `onProgress(sent)` counts bytes; `onPause(problem)` tells of a break, null when it is over.
 */
export async function transfer(url, file, { signal, onProgress, onPause }) {
  let offset = null;
  let failures = 0;
  while (offset === null || offset < file.size) {
    try {
      offset ??= await offsetOf(url, signal);
      onProgress(offset);
      if (offset === file.size) break;
      const before = offset;
      offset = await sendPiece(url, file, offset, signal, (sent) => onProgress(before + sent));
      if (failures) onPause(null);
      failures = 0;
    } catch (error) {
      if (!(error instanceof Problem && (error.passing || CURABLE.has(error.status)))) throw error;
      offset = null;
      failures += 1;
      onPause(error);
      await pause(Math.min(LONGEST_PAUSE_MS, 500 * 2 ** failures) * (0.5 + Math.random()), signal);
    }
  }
}

/** PATCH one piece; resolves to the new offset. Only XMLHttpRequest tells of bytes on their way. */
async function sendPiece(url, file, offset, signal, onSent) {
  const piece = await file.slice(offset, offset + PIECE_BYTES).arrayBuffer().catch(() => {
    throw new Problem(400, "The file can't be read any more: it was moved, changed or deleted.");
  });
  const headers = {
    ...VERSION,
    "Content-Type": "application/offset+octet-stream",
    "Upload-Offset": offset,
    ...(await checksum(piece)),
  };
  const request = new XMLHttpRequest();
  const stop = () => request.abort();
  signal.addEventListener("abort", stop);
  try {
    await new Promise((resolve, reject) => {
      request.open("PATCH", url);
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      request.upload.onprogress = (event) => onSent(event.loaded);
      request.onload = resolve;
      request.onerror = () => reject(new Problem(0, "The connection is gone."));
      request.onabort = () => reject(new DOMException("Stopped.", "AbortError"));
      signal.throwIfAborted();
      request.send(piece);
    });
  } finally {
    signal.removeEventListener("abort", stop);
  }
  if (request.status === 401) {
    await signIn();
    return offset;
  }
  if (request.status !== 204) {
    throw await Problem.of(new Response(request.responseText, { status: request.status }));
  }
  return Number(request.getResponseHeader("Upload-Offset"));
}

/** Digests exist in secure contexts alone: over HTTPS, and on this machine. */
async function checksum(piece) {
  if (!crypto.subtle) return {};
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", piece));
  return { "Upload-Checksum": `sha256 ${btoa(String.fromCharCode(...digest))}` };
}

function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new DOMException("Stopped.", "AbortError"));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}
