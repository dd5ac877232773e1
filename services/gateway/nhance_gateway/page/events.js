// One stream of server-sent events, read with fetch, and taken up again where it broke off.

import { Problem, send } from "./api.js";

const SHORTEST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
const SILENCE_MS = 45_000;

/**
 * Follow `path` for ever. `onOpen(resumed)` after every connection, `onEvent(name, data)` for each
 * event, `onLost(problem)` when the connection breaks. Several heartbeats missed count as a break.
 */
export async function follow(path, { onOpen, onEvent, onLost }) {
  let last = null;
  let pause = SHORTEST_PAUSE_MS;
  for (;;) {
    const watch = new AbortController();
    let timer = setTimeout(() => watch.abort(), SILENCE_MS);
    try {
      const headers = last === null ? {} : { "Last-Event-ID": last };
      const response = await send(path, { headers, signal: watch.signal, cache: "no-store" });
      pause = SHORTEST_PAUSE_MS;
      onOpen(last !== null);
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const parse = eventParser();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        clearTimeout(timer);
        timer = setTimeout(() => watch.abort(), SILENCE_MS);
        for (const event of parse(value)) {
          last = event.id ?? last;
          if (event.data) onEvent(event.name, JSON.parse(event.data));
        }
      }
    } catch (error) {
      if (error instanceof Problem && !error.passing) throw error;
    } finally {
      clearTimeout(timer);
    }
    onLost();
    await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())));
    pause = Math.min(LONGEST_PAUSE_MS, 2 * pause);
  }
}

/** A parser that is fed text in any pieces and gives the events that are whole (HTML §9.2.6). */
export function eventParser() {
  let rest = "";
  let event = { name: "message", id: null, data: "" };
  return function* parse(text) {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    for (const line of lines) {
      if (line === "") {
        yield event;
        event = { name: "message", id: null, data: "" };
        continue;
      }
      const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line);
      if (field === "event") event.name = value;
      else if (field === "id") event.id = value;
      else if (field === "data") event.data += (event.data && "\n") + value;
    }
  };
}
