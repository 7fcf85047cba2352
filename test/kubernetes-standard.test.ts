import { readdirSync, readFileSync, existsSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type RewriteOptions, rewrite } from "../src/rewrite/index.ts";
import { memoryTree } from "../src/file-tree/memory.ts";
import { brokenRules, isWholePod, objectsOf, schemaProblem } from "./kubernetes-standard.ts";

const ROOT = fileURLToPath(new URL("fixtures/", import.meta.url));
const fixtures = readdirSync(join(ROOT, "kubernetes")).map((name) => `kubernetes/${name}`);

/** What the other containers of a pod, or what is left to people to decide, keep from the standard. */
const STAYS: Readonly<Record<string, readonly string[]>> = {
  "kubernetes/sidecar-and-init-stay": [
    "capabilities-strict",
    "privilege-escalation",
    "running-as-non-root",
    "seccomp-strict",
  ],
  "kubernetes/account-of-the-pod-stays": [
    "capabilities-strict",
    "privilege-escalation",
    "running-as-non-root",
    "seccomp-strict",
  ],
  "kubernetes/host-path-is-told": ["host-path-volumes", "host-ports", "volume-types"],
  "kubernetes/rollout": [
    "capabilities-strict",
    "privilege-escalation",
    "running-as-non-root",
    "seccomp-strict",
  ],
  "kubernetes/privileged-stays": [
    "capabilities-strict",
    "privilege-escalation",
    "privileged-containers",
    "running-as-non-root",
    "seccomp-strict",
  ],
};

describe.each(fixtures)("%s", (name) => {
  const before = filesIn(join(ROOT, name, "before"));
  const path = Object.keys(before).find((file) => /Dockerfile$/.test(file))!;
  const optionsFile = join(ROOT, name, "options.json");
  const options = existsSync(optionsFile)
    ? (JSON.parse(readFileSync(optionsFile, "utf8")) as RewriteOptions)
    : {};

  test.each([{ harden: false }, { harden: true }])(
    "passes the restricted standard, $harden",
    async (more) => {
      const { files } = await rewrite(memoryTree(before), path, { ...options, ...more });
      const broken = { before: new Set<string>(), after: new Set<string>() };
      for (const file of files.filter(isManifest)) {
        const given = objectsOf(file.before!);
        const made = objectsOf(file.after);
        expect(made.map(schemaProblem), file.path).toEqual(given.map(schemaProblem));
        for (const rule of await brokenRules(given.filter(isWholePod))) broken.before.add(rule);
        for (const rule of await brokenRules(made.filter(isWholePod))) broken.after.add(rule);
      }
      expect([...broken.after]).toEqual(STAYS[name] ?? []);
      const pods = files.filter(isManifest).flatMap((file) => objectsOf(file.after).filter(isWholePod));
      if (pods.length > 0) expect(broken.before, "it did not pass before").not.toEqual(new Set());
    },
  );
});

test("the rules see what is missing", async () => {
  const pod = objectsOf("apiVersion: v1\nkind: Pod\nspec: { containers: [{ name: a, image: b }] }\n");
  expect(await brokenRules(pod)).toEqual([
    "capabilities-strict",
    "privilege-escalation",
    "running-as-non-root",
    "seccomp-strict",
  ]);
  const wrong = objectsOf("apiVersion: v1\nkind: Pod\nspec: { securityContext: { runAsUser: app } }\n");
  expect(wrong.map(schemaProblem)).toEqual([expect.stringContaining("runAsUser must be integer")]);
});

function isManifest({ path }: { readonly path: string }): boolean {
  return /\.(?:ya?ml|json)$/.test(path) && !/compose/.test(path);
}

function filesIn(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const file = join(entry.parentPath, entry.name);
        return [relative(folder, file).replaceAll("\\", "/"), readFileSync(file, "utf8")];
      }),
  );
}
