import { lineAt } from "../line-at.ts";
import type { Contract, Place } from "./contract.ts";

/** What a person who moves the port has to change: every place of a contract that cannot be kept here. */
export function byHand(contract: Contract, texts: ReadonlyMap<string, string>): string {
  const { from, to, left, edits, env, commands } = contract;
  const sentences = ["A port moves everywhere at once or not at all."];
  if (!contract.hasListener)
    sentences.push(`What listens on ${from} was not found: make it listen on ${to}.`);
  if (left.length > 0) sentences.push(`By hand: ${left.map(shown).join(", ")}.`);
  const ready = [
    ...edits.map((edit) => `${edit.path}:${lineAt(texts.get(edit.path) ?? "", edit.start)}`),
    ...env.map((pair) => `ENV ${pair}`),
    ...commands,
  ];
  if (ready.length > 0) sentences.push(`Along with it: ${[...new Set(ready)].join(", ")}.`);
  return [...sentences, whileLow(from)].join(" ");
}

/** What becomes of an unprivileged server on a low port. */
export function whileLow(port: number): string {
  return `As long as it listens on ${port}: Docker lets an unprivileged process bind it; Kubernetes, podman and old engines do not. There, set the sysctl net.ipv4.ip_unprivileged_port_start=${port}.`;
}

function shown({ path, line, says }: Place): string {
  return `${path}${line === null ? "" : `:${line}`} (${says})`;
}
