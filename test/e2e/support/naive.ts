import type { FileTree } from "../../../src/file-tree.ts";
import { unifiedDiff } from "../../../src/report/diff.ts";
import type { RewriteResult } from "../../../src/rewrite/types.ts";

/** What most people do first: make a user, switch to it, and nothing else. */
export async function naiveRewrite(tree: FileTree, path: string): Promise<RewriteResult> {
  const before = new TextDecoder().decode(await tree.read(path));
  const base = [...before.matchAll(/^FROM\s+(\S+)/gim)].at(-1)![1]!;
  const after = `${before}${before.endsWith("\n") ? "" : "\n"}${switchIn(base)}\n`;
  return {
    dockerfile: path,
    status: "rewritten",
    reason: null,
    account: null,
    runsAsRoot: { before: true, after: false },
    ports: [],
    writable: [],
    changes: [],
    advice: [],
    files: [{ path, before, after, diff: unifiedDiff({ path, before, after, mode: null }), mode: null }],
  };
}

function switchIn(base: string): string {
  if (base === "scratch") return "USER app";
  if (base.includes("distroless")) return "USER 65532";
  if (base.includes("alpine")) return "RUN adduser -D app\nUSER app";
  return "RUN useradd --create-home app\nUSER app";
}
