// The gateway's API. Whatever goes wrong is one kind of error, with a sentence for a person.

import { find, say } from "./dom.js";

const SESSION_MARK = "nhance.signed-in";

/** An RFC 9457 problem, or a connection that is gone (status 0). */
export class Problem extends Error {
  constructor(status, detail, code = "") {
    super(detail);
    this.status = status;
    this.code = code;
  }

  static async of(response) {
    const body = await response.json().catch(() => ({}));
    const detail = body.detail || body.title || `The server answered ${response.status}.`;
    return new Problem(response.status, detail, body.code);
  }

  /** Whether the same request may succeed later. */
  get passing() {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/** fetch, with a sign-in where the gateway asks for one; raises Problem. */
export async function send(path, { json, headers = {}, ...request } = {}) {
  if (json !== undefined) {
    request.body = JSON.stringify(json);
    headers = { ...headers, "Content-Type": "application/json" };
  }
  for (;;) {
    let response;
    try {
      response = await fetch(path, { cache: "no-cache", ...request, headers });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Problem(0, "The server can't be reached.");
    }
    if (response.ok) return response;
    if (response.status !== 401) throw await Problem.of(response);
    await signIn();
  }
}

export const get = async (path, request) => (await send(path, request)).json();
export const post = async (path, json, headers) =>
  (await send(path, { method: "POST", json, headers })).json();
export const remove = (path) => send(path, { method: "DELETE" });

let signingIn = null;

/** Ask for a key until one is taken; those who wait share one dialog. */
export function signIn() {
  signingIn ??= askForKey().finally(() => {
    signingIn = null;
  });
  return signingIn;
}

function askForKey() {
  const dialog = find("sign-in");
  const form = dialog.querySelector("form");
  const wrong = find("sign-in-error");
  return new Promise((resolve) => {
    let taken = false;
    // Nothing keeps a person from closing a dialog, and nothing goes on without a key.
    dialog.onclose = () => (taken ? resolve() : dialog.showModal());
    form.onsubmit = async (event) => {
      event.preventDefault();
      // The session's cookie is for secure connections alone.
      if (!isSecureContext) {
        return say(wrong, "Signing in needs HTTPS, or this machine's own address 127.0.0.1.");
      }
      say(wrong, "");
      try {
        const response = await fetch("/v1/session", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ key: form.key.value.trim() }),
        });
        if (!response.ok) throw await Problem.of(response);
      } catch (error) {
        say(wrong, error instanceof Problem ? error.message : "The server can't be reached.");
        form.key.select();
        return;
      }
      localStorage.setItem(SESSION_MARK, "yes");
      find("sign-out").hidden = false;
      form.reset();
      taken = true;
      dialog.close();
    };
    dialog.showModal();
  });
}

/** Show the way out to whoever signed in here; `mayGo()` is asked before, `onOut()` told after. */
export function offerSignOut({ mayGo, onOut }) {
  const button = find("sign-out");
  button.hidden = localStorage.getItem(SESSION_MARK) === null;
  button.addEventListener("click", async () => {
    if (!(await mayGo())) return;
    await send("/v1/session", { method: "DELETE" });
    onOut();
    localStorage.removeItem(SESSION_MARK);
    location.assign("/");
  });
}
