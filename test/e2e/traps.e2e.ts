/** Small projects, each with one trap: the rewrite must not step into it, and the naive one must be caught in it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { VerifyOptions } from "../../src/verify/index.ts";
import { withEngine } from "./support/engine.ts";
import { told, verifyFolder } from "./support/examples.ts";
import { naiveRewrite } from "./support/naive.ts";

interface Trap {
  readonly why: string;
  readonly naive?: string;
  readonly expect: string;
  readonly build?: { readonly network?: string };
  /** Requests to a server, or how a job ends. */
  readonly probes:
    | readonly {
        readonly method: string;
        readonly port: number;
        readonly path: string;
        readonly status?: number;
        readonly contains?: string;
        readonly body?: string;
      }[]
    | { readonly exit: number; readonly output: string };
}

const folder = fileURLToPath(new URL("traps/", import.meta.url));
const traps = readdirSync(folder)
  .filter((name) => existsSync(`${folder}${name}/trap.json`))
  .map((name) => ({ name, trap: JSON.parse(readFileSync(`${folder}${name}/trap.json`, "utf8")) as Trap }));

function optionsOf({ probes, build }: Trap): VerifyOptions {
  return {
    build: { network: build?.network ?? "host" },
    probes: Array.isArray(probes) ? probes.map((probe) => ({ kind: "http" as const, ...probe })) : [],
  };
}

withEngine("traps", (engine) => {
  describe.concurrent("are seen by the rewrite", () => {
    it.each(traps)("$name", async ({ name, trap }) => {
      const verification = await verifyFolder(engine, folder + name, "Dockerfile", optionsOf(trap));
      if (trap.expect !== "rewritten") {
        expect(verification.rewrite.status, told(verification)).toBe(trap.expect);
        return;
      }
      expect(told(verification), trap.why).toBe("same");
      if (Array.isArray(trap.probes)) return;
      const { exit, output } = trap.probes as { exit: number; output: string };
      expect(verification.legacy?.exitCode).toBe(exit);
      expect(verification.rewritten[0]?.stdout).toContain(output);
    });
  });

  describe.concurrent("catch the naive rewrite", () => {
    it.each(traps.filter(({ trap }) => trap.naive?.startsWith("fails")))("$name", async ({ name, trap }) => {
      const options = { ...optionsOf(trap), rewriter: naiveRewrite, patience: 8000 };
      const verification = await verifyFolder(engine, folder + name, "Dockerfile", options);
      expect(verification.verdict, `${trap.naive}\n${told(verification)}`).toBe("different");
    });
  });
});
