import type { DockerfileRuns } from "../companions/run-evidence.ts";

/** What runs have shown, for a person: one sentence for each fact, without its subject's name. */
export function sentencesOf(runs: DockerfileRuns): string[] {
  return [
    ...runs.written.map(({ path, kind }) => `it ${VERBS[kind]} ${path}`),
    ...runs.ports.map(({ port, protocol }) => `it listens on ${port}/${protocol}`),
    ...runs.users.map(({ process, uid, gid }) => `${process} goes on as ${uid}:${gid}`),
    ...(runs.capabilities ?? []).map((name) => `as root it needs the capability ${name}`),
    ...(runs.capabilities?.length === 0 ? ["as root it needs no capabilities"] : []),
    ...runs.notExecutable.map((path) => `it may not execute ${path}`),
    ...(runs.needsHome ? ["it needs a home directory"] : []),
  ];
}

const VERBS = { created: "makes", changed: "changes", deleted: "deletes", refused: "was refused to write" };
