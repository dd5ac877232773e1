"""The client for TypeScript before a service that a test makes up, in a hundredth of the time."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.local_stack import ROOT

# `answers` go by method and path, each for one request, the last one for all that follow; an answer
# is a status, headers and a body, or null for silence. `asked` has a line for each request.
BEGINNING = """
const patient = setTimeout;
globalThis.setTimeout = (run, ms, ...more) => patient(run, ms / 100, ...more);
const answers = {};
const asked = [];
const server = createServer((request, response) => {
  const name = `${request.method} ${request.url}`;
  asked.push(`${name} ${request.headers["last-event-id"] ?? ""}`.trim());
  const left = answers[name] ?? [problem(404, "not-found")];
  const answer = left.length > 1 ? left.shift() : left[0];
  if (answer === null) return;
  const [status, headers, body, stays] = answer;
  response.writeHead(status, headers);
  response.write(body);
  if (!stays) response.end();
});
const JSON_TYPE = { "Content-Type": "application/json" };
const data = (body, status = 200) => [status, JSON_TYPE, JSON.stringify(body)];
function problem(status, code, headers = {}) {
  const body = { type: "about:blank", title: "No", status, detail: `It is ${code}.`, code };
  return [status, { ...JSON_TYPE, ...headers }, JSON.stringify(body)];
}
const events = (text, stays) => [200, { "Content-Type": "text/event-stream" }, text, stays];
const job = (state) => ({ id: "j", state, error: null });
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const client = connect(`http://127.0.0.1:${server.address().port}`);
const told = (error) => `${error.constructor.name} ${error.message}`;
const start = performance.now();
"""
ENDING = """
server.closeAllConnections();
server.close();
"""


@pytest.fixture(scope="module")
def client() -> Path:
    """The client, built."""
    if shutil.which("npm") is None:
        pytest.skip("skipped: no npm")
    subprocess.run(["make", "--silent", "clients-typescript"], cwd=ROOT, check=True)
    return ROOT / "clients/typescript/dist"


def run(client: Path, script: str) -> list[str]:
    """The lines that the script prints."""
    imports = f"""import {{ createServer }} from "node:http";
      import {{ connect, ended }} from "{(client / "index.js").as_uri()}";
      import {{ patiently }} from "{(client / "connecting.js").as_uri()}";
      import {{ createJob }} from "{(client / "rest/sdk.gen.js").as_uri()}";"""
    done = subprocess.run(
        ["node", "--input-type=module"],
        input=imports + BEGINNING + script + ENDING,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("code", ["idempotency-key-in-use", "verifying"])
def test_a_job_that_is_being_made_is_waited_for(client: Path, code: str) -> None:
    script = f"""
    answers["POST /v1/jobs"] = [...Array(6).fill(problem(409, "{code}")), data(job("queued"), 202)];
    const made = await patiently(() => createJob({{ client, body: {{ upload_id: "u" }} }}));
    console.log(made.id, performance.now() - start > 300);"""
    assert ["j true"] == run(client, script)


def test_no_sooner_than_the_service_says(client: Path) -> None:
    script = """
    const later = problem(409, "verifying", { "Retry-After": "40" });
    answers["POST /v1/jobs"] = [later, data(job("queued"), 202)];
    const made = await patiently(() => createJob({ client, body: { upload_id: "u" } }));
    console.log(made.id, performance.now() - start > 390);
    answers["POST /v1/jobs"] = [problem(429, "rate-limited", { "Retry-After": "3600" })];
    await patiently(() => createJob({ client, body: { upload_id: "u" } }))
      .catch((error) => console.log(error.againAfterS, asked.length));"""
    assert ["j true", "3600 3"] == run(client, script)


def test_why_there_are_no_events_is_told(client: Path) -> None:
    script = """
    answers["GET /v1/jobs/j"] = [problem(401, "invalid-credentials")];
    await ended(client, job("running")).catch((error) => console.log(told(error)));
    console.log(asked.join(", "));"""
    assert [
        "ProblemReported No: It is invalid-credentials.",
        "GET /v1/jobs/j/events, GET /v1/jobs/j",
    ] == run(client, script)


def test_a_job_goes_on_without_events(client: Path) -> None:
    script = """
    answers["GET /v1/jobs/j"] = [data(job("running")), data(job("succeeded"))];
    const seen = [];
    const done = await ended(client, job("queued"), ({ state }) => seen.push(state));
    console.log(done.state, seen.join());"""
    assert ["succeeded running,succeeded"] == run(client, script)


def test_a_connection_that_falls_silent_is_opened_anew(client: Path) -> None:
    """Whether it never said anything, or stopped after an event."""
    script = """
    const event = (id, state) =>
      `event: job\\nid: ${id}\\ndata: ${JSON.stringify(job(state))}\\n\\n`;
    answers["GET /v1/jobs/j"] = [data(job("running"))];
    answers["GET /v1/jobs/j/events"] =
      [null, events(event(7, "running"), true), events(event(8, "succeeded"))];
    const done = await ended(client, job("queued"));
    console.log(done.state, performance.now() - start > 900);
    console.log(asked.join(", "));"""
    to = "GET /v1/jobs/j/events"
    assert ["succeeded true", f"{to}, GET /v1/jobs/j, {to}, {to} 7"] == run(client, script)
