/** Have videos enhanced by an nhance service; `rest` is its whole API, generated. */

export { connect } from "./connecting.js";
export { download, enhance, type Options } from "./enhancing.js";
export { JobEnded, NhanceError, NotReached, ProblemReported } from "./errors.js";
export { ended } from "./following.js";
export * as rest from "./rest/index.js";
export { upload } from "./uploading.js";
