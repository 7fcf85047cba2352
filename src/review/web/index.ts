export { assetsOf, readPageFiles } from "./assets.ts";
export { ReviewDesk } from "./desk.ts";
export { openBrowser } from "./open-browser.ts";
export { serveReview, type ReviewServer } from "./server.ts";
export { engineVerifier } from "./verifier.ts";
