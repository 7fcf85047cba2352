/** The review in a terminal; loaded only when there is one. */
export { createPaint } from "./paint.ts";
export { Screen } from "./screen.ts";
export { describeMisfits, TerminalReview } from "./terminal-review.ts";
