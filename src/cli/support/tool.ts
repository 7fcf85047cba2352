import type { Tool } from "../../report/report.ts";

declare const DEROOT_NAME: string;
declare const DEROOT_VERSION: string;

/** Filled in by the build. */
export const TOOL: Tool = { name: DEROOT_NAME, version: DEROOT_VERSION };
