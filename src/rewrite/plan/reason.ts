import type { Reason } from "../types.ts";

export function reason(
  code: string,
  message: string,
  remedy: string | null,
  line: number | null = null,
): Reason {
  return { code, message, remedy, line };
}
