// Where everything is put together: intake, list, live events, and the way between the two views.

import { offerSignOut } from "./api.js";
import { announce, el, find, say } from "./dom.js";
import { follow } from "./events.js";
import { plural } from "./format.js";
import { Jobs } from "./jobs.js";
import { Options } from "./options.js";
import { Uploads } from "./uploads.js";

const IN_USE = "nhance.in-use";
const list = find("videos");
const options = new Options();
let loaded = false;
let closeResult = null;

// Known before the list is, so that the page does not jump when it comes.
document.body.classList.toggle("in-use", localStorage.getItem(IN_USE) !== null);

const jobs = new Jobs(list, { onChange: showCounts, onGone: leaveIfOpen, onError: tell });
const uploads = new Uploads(list, { onJob: (job) => jobs.put(job), onChange: showCounts });

function showCounts() {
  const all = jobs.size + uploads.size;
  say(find("videos-count"), all ? plural(all, "video") : "");
  if (all) find("loading").hidden = true;
  if (!loaded) return;
  find("loading").hidden = true;
  find("empty").hidden = all > 0;
  document.body.classList.toggle("in-use", all > 0);
  if (all) localStorage.setItem(IN_USE, "yes");
  else localStorage.removeItem(IN_USE);
}

/** Say what went wrong where it is seen, for a while. */
function tell(error) {
  const banner = find("connection");
  say(banner, error.message);
  banner.hidden = false;
  setTimeout(() => {
    if (banner.textContent === error.message) banner.hidden = true;
  }, 8000);
}

// Intake

function take(files) {
  const videos = [...files];
  if (videos.length === 0) return;
  uploads.add(videos, options.chosen());
  announce(`${plural(videos.length, "video")} added.`);
}

for (const way of ["pick", "film"]) {
  const input = find(`${way}-input`);
  find(way).addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    take(input.files);
    input.value = "";
  });
}

find("film").hidden = navigator.maxTouchPoints === 0;

let depth = 0;
const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
addEventListener("dragenter", (event) => {
  if (!carriesFiles(event)) return;
  depth += 1;
  document.body.classList.add("dragging");
});
addEventListener("dragleave", (event) => {
  if (!carriesFiles(event)) return;
  depth = Math.max(0, depth - 1);
  document.body.classList.toggle("dragging", depth > 0);
});
addEventListener("dragover", (event) => {
  if (carriesFiles(event)) event.preventDefault();
});
addEventListener("drop", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  depth = 0;
  document.body.classList.remove("dragging");
  if (location.hash.startsWith("#/jobs/")) location.hash = "#/";
  take(event.dataTransfer.files);
});

// The list, live

let heard = new Set();

async function load() {
  find("list-failed").hidden = true;
  try {
    await jobs.load(heard);
    loaded = true;
    showCounts();
  } catch (error) {
    tellOfNoList(error);
  }
}

function tellOfNoList(error) {
  find("loading").hidden = true;
  find("list-failed").hidden = false;
  say(find("list-failed").querySelector("[data-part=why]"), error.message);
}

let following = null;

/** Follow all jobs, until the gateway refuses it. */
function watch() {
  following ??= follow("/v1/events", live).catch(tellOfNoList).finally(() => {
    following = null;
  });
}

const live = {
  onOpen(resumed) {
    find("connection").hidden = true;
    if (resumed && loaded) return;
    heard = new Set();
    load();
  },
  onEvent(name, data) {
    heard.add(data.id);
    if (name === "job") {
      uploads.arrived(data);
      jobs.put(data);
    }
    if (name === "deleted") jobs.gone(data.id);
  },
  onLost() {
    say(find("connection"), "The connection is lost. Trying again …");
    find("connection").hidden = false;
  },
};

find("list-failed").querySelector("button").addEventListener("click", () => {
  if (following) load();
  else watch();
});

// The two views

async function route() {
  const id = /^#\/jobs\/([0-9a-f]{32})$/.exec(location.hash)?.[1];
  const result = find("result");
  closeResult?.();
  closeResult = null;
  result.replaceChildren();
  find("home").hidden = id !== undefined;
  result.hidden = id === undefined;
  document.title = "nhance";
  if (id === undefined) return;
  scrollTo(0, 0);
  if (!document.querySelector("link[href='/static/result.css']")) {
    document.head.append(el("link", { rel: "stylesheet", href: "/static/result.css" }));
  }
  const { openResult } = await import("./result.js");
  if (location.hash === `#/jobs/${id}`) closeResult = openResult(result, id, jobs);
}

function leaveIfOpen(id) {
  if (location.hash === `#/jobs/${id}`) location.hash = "#/";
}

addEventListener("hashchange", async () => {
  await route();
  if (find("result").hidden) find("hero-title").focus({ preventScroll: true });
});

offerSignOut({ mayGo: () => uploads.mayEnd(), onOut: () => uploads.end() });
watch();
options.load().catch(tell);
uploads.restore();
route();
