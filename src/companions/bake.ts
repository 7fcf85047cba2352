import { posix } from "node:path";
import { CompanionError } from "./errors.ts";
import { blocksOf, type HclBody, readHcl, valueOf } from "./hcl.ts";
import type { ImageName } from "./image-names.ts";
import { repositoryOf } from "./image-reference.ts";
import { YamlFile } from "./yaml.ts";

/** A target of a bake file, as far as it says what is built from which Dockerfile. */
interface Target {
  readonly name: string;
  readonly line: number;
  readonly context: string | null;
  readonly dockerfile: string | null;
  readonly isInline: boolean;
  readonly stage: string | null;
  readonly tags: readonly string[] | null;
  readonly inherits: readonly string[];
}

export const BAKE_FILE = /\.hcl$|(?:^|\/)docker-bake(?:\.override)?\.json$/;

/**
 * The names under which a bake file builds Dockerfiles. What is no bake file names none.
 * Source: https://docs.docker.com/build/bake/reference/
 */
export async function readBake(path: string, text: string, paths: ReadonlySet<string>): Promise<ImageName[]> {
  const targets = new Map((await readTargets(path, text)).map((target) => [target.name, target]));
  return [...targets.values()].flatMap((target) => {
    const whole = withParents(target, targets, new Set());
    // A stage of its own is another image.
    if (whole.stage !== null || whole.isInline || /:\/\//.test(whole.context ?? "")) return [];
    const dockerfile = dockerfileOf(path, whole, paths);
    if (dockerfile === null) return [];
    return (whole.tags ?? []).flatMap((tag) => {
      const image = repositoryOf(tag.replace(/:[^:/]*\$.*$/, ""));
      if (image === null) return [];
      return [{ image, dockerfile, path, line: target.line, says: `bake builds ${dockerfile} as ${image}` }];
    });
  });
}

/** Paths begin where bake is run: beside the file, or at the root. */
function dockerfileOf(path: string, target: Target, paths: ReadonlySet<string>): string | null {
  const file = posix.join(target.context ?? ".", target.dockerfile ?? "Dockerfile");
  const found = [posix.dirname(path), "."].map((folder) => posix.join(folder, file));
  const there = new Set(found.filter((one) => paths.has(one)));
  return there.size === 1 ? [...there][0]! : null;
}

/** What it does not say itself comes from those that it inherits from, the last of them first. */
function withParents(target: Target, all: ReadonlyMap<string, Target>, seen: ReadonlySet<string>): Target {
  if (seen.has(target.name)) return target;
  let whole = target;
  for (const name of target.inherits.toReversed()) {
    const parent = all.get(name);
    if (!parent) continue;
    const { context, dockerfile, stage, tags, isInline } = withParents(
      parent,
      all,
      new Set([...seen, target.name]),
    );
    whole = {
      ...whole,
      context: whole.context ?? context,
      dockerfile: whole.dockerfile ?? dockerfile,
      stage: whole.stage ?? stage,
      tags: whole.tags ?? tags,
      isInline: whole.isInline || isInline,
    };
  }
  return whole;
}

async function readTargets(path: string, text: string): Promise<Target[]> {
  try {
    if (path.endsWith(".json")) return targetsOfJson(new YamlFile(path, text));
    const body = await readHcl(path, text);
    return body ? targetsOfHcl(body) : [];
  } catch (error) {
    if (error instanceof CompanionError) return [];
    throw error;
  }
}

function targetsOfJson(file: YamlFile): Target[] {
  return file.documents.flatMap((document) =>
    [...file.entries(file.get(document, "target"))].flatMap(([name, { value }]) => {
      const node = file.follow(value);
      if (!node) return [];
      const list = (key: string) =>
        file.items(file.get(node, key)).flatMap((item) => file.scalar(item)?.value ?? []);
      return {
        name,
        line: file.lineOf(node),
        context: file.string(node, "context"),
        dockerfile: file.string(node, "dockerfile"),
        isInline: file.get(node, "dockerfile-inline") !== null,
        stage: file.string(node, "target"),
        tags: file.get(node, "tags") ? list("tags") : null,
        inherits: list("inherits"),
      };
    }),
  );
}

function targetsOfHcl(body: HclBody): Target[] {
  const known = new Map(
    blocksOf(body, "variable").map(({ labels, body: variable }) => [
      labels[0] ?? "",
      valueOf(variable, "default")?.text ?? null,
    ]),
  );
  return blocksOf(body, "target").map(({ labels, line, body: target }) => {
    const fill = (written: string) =>
      written
        .replace(/\$\{(\w+)\}/g, (whole, name: string) => known.get(name) ?? whole)
        .replace(/\$\{[^}]*\}/g, "$UNKNOWN");
    // What a variable or a function decides is said, and not known.
    const text = (name: string) => {
      const value = valueOf(target, name);
      return value ? fill(value.text ?? "${unknown}") : null;
    };
    const list = (name: string) => valueOf(target, name)?.items.flatMap((item) => item.text ?? []) ?? null;
    return {
      name: labels[0] ?? "",
      line,
      context: text("context"),
      dockerfile: text("dockerfile"),
      isInline: valueOf(target, "dockerfile-inline") !== null,
      stage: text("target"),
      tags: list("tags")?.map(fill) ?? null,
      inherits: list("inherits") ?? [],
    };
  });
}
