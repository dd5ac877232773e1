// When each frame of an MP4 is shown, read from its index (ISO/IEC 14496-12), which comes first in
// the files that nhance writes. So stepping is exact, at a variable frame rate as well.

import { send } from "./api.js";

const HEAD_BYTES = 64 << 10;
const MOST_BYTES = 32 << 20;

/** The times in seconds of all frames, ascending; null where the file's index can't tell. */
export async function frameTimes(address) {
  try {
    let head = await read(address, HEAD_BYTES);
    const end = endOfIndex(head);
    if (end > head.byteLength && end <= MOST_BYTES) head = await read(address, end);
    return end === null ? null : timesOf(head);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

async function read(address, length) {
  const response = await send(address, { headers: { Range: `bytes=0-${length - 1}` } });
  return new DataView(await response.arrayBuffer());
}

/** The boxes in [start, end) of a file: {type, start, end} of what each holds. */
function* boxes(view, start, end) {
  for (let at = start; at + 8 <= end; ) {
    const short = view.getUint32(at);
    const size = short === 1 ? Number(view.getBigUint64(at + 8)) : short || end - at;
    const type = String.fromCharCode(...new Uint8Array(view.buffer, at + 4, 4));
    yield { type, start: at + (short === 1 ? 16 : 8), end: at + size };
    at += Math.max(size, 8);
  }
}

function find(view, box, ...path) {
  const [type, ...rest] = path;
  for (const inner of boxes(view, box.start, box.end)) {
    if (inner.type === type) return rest.length ? find(view, inner, ...rest) : inner;
  }
  return null;
}

function endOfIndex(view) {
  for (const box of boxes(view, 0, view.byteLength)) if (box.type === "moov") return box.end;
  return null;
}

/** Raises RangeError for an index that ends too early. */
function timesOf(view) {
  const file = { start: 0, end: view.byteLength };
  const moov = find(view, file, "moov");
  for (const track of boxes(view, moov.start, moov.end)) {
    if (track.type !== "trak") continue;
    const handler = find(view, track, "mdia", "hdlr");
    if (handler && view.getUint32(handler.start + 8) === 0x76696465) return trackTimes(view, moov, track); // "vide"
  }
  return null;
}

function trackTimes(view, moov, track) {
  const clock = clockOf(view, find(view, track, "mdia", "mdhd"));
  const movieClock = clockOf(view, find(view, moov, "mvhd"));
  const stbl = find(view, track, "mdia", "minf", "stbl");
  const steps = runs(view, find(view, stbl, "stts"), (at) => view.getUint32(at));
  const ctts = find(view, stbl, "ctts");
  const shifts = ctts ? runs(view, ctts, (at) => view.getInt32(at)) : steps.map(() => 0);
  const start = startOf(view, find(view, track, "edts", "elst"), clock, movieClock);
  let decoded = 0;
  const times = steps.map((step, index) => {
    const shown = decoded + shifts[index];
    decoded += step;
    return shown / clock + start;
  });
  return times.sort((a, b) => a - b);
}

function clockOf(view, box) {
  return view.getUint32(box.start + (view.getUint8(box.start) === 1 ? 20 : 12));
}

/** The values of a run-length table (stts, ctts), one for each sample. */
function runs(view, box, valueAt) {
  const values = [];
  const entries = view.getUint32(box.start + 4);
  for (let entry = 0; entry < entries; entry += 1) {
    const at = box.start + 8 + 8 * entry;
    const value = valueAt(at + 4);
    for (let left = view.getUint32(at); left > 0; left -= 1) values.push(value);
  }
  return values;
}

/** What the edit list adds to every time: silence before the first frame, less what it skips. */
function startOf(view, box, clock, movieClock) {
  if (box === null) return 0;
  const long = view.getUint8(box.start) === 1;
  const entries = view.getUint32(box.start + 4);
  let silence = 0;
  for (let entry = 0; entry < entries; entry += 1) {
    const at = box.start + 8 + entry * (long ? 20 : 12);
    const length = long ? Number(view.getBigUint64(at)) : view.getUint32(at);
    const begin = long ? Number(view.getBigInt64(at + 8)) : view.getInt32(at + 4);
    if (begin >= 0) return silence / movieClock - begin / clock;
    silence += length;
  }
  return 0;
}
