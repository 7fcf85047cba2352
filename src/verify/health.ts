import type { Image } from "./build.ts";
import type { Container } from "./container.ts";
import { sleep } from "./sleep.ts";

export interface Health {
  readonly code: number;
  readonly output: string;
}

/** Asks a health check (`["CMD", …]` or `["CMD-SHELL", text]`) until it passes or `patience` milliseconds are over. */
export async function checkHealth(
  container: Container,
  { shell }: Pick<Image, "shell">,
  test: readonly string[],
  patience: number,
): Promise<Health> {
  const args = test[0] === "CMD-SHELL" ? [...shell, test[1] ?? ""] : test.slice(1);
  const end = Date.now() + patience;
  for (;;) {
    const { code, output } = await container.exec(args, { timeout: CHECK_MS });
    if (code === 0 || Date.now() > end) return { code, output: output.trim() };
    await sleep(POLL_MS);
  }
}

const CHECK_MS = 10_000;
const POLL_MS = 300;
