/** A base of one's own is often a public image and a little more: what is known of that one holds for it, too. */
import { loadKnowledge } from "../load.ts";
import type { Facts } from "../profile.ts";
import { resolveImage } from "../resolve.ts";
import type { BaseImage } from "../types.ts";

export interface Kin {
  /** Name of the public image. */
  readonly name: string;
  readonly serviceAccount: string;
  readonly writablePaths: BaseImage["writablePaths"];
}

/**
 * The public image that starts the same program and ships the same account for it, name and uid alike; null where none
 * or more than one does. Where its ports are set is not taken over: that a base of one's own may well have changed.
 */
export function kinOf({ users = [], entrypoint, cmd, distro }: Facts): Kin | null {
  const found = new Map<string, Kin>();
  for (const { match } of loadKnowledge().profiles()) {
    const [name] = match.names ?? [];
    if (name === undefined || match.digest !== undefined) continue;
    const image = resolveImage(distro === "alpine" ? `${name}:alpine` : name);
    if (image === null || !startsTheSame(image, entrypoint?.exec ?? null, cmd ?? null)) continue;
    const account = image.users.find((user) => user.name === image.serviceAccount);
    if (account?.uid == null) continue;
    if (!users.some((user) => user.name === account.name && user.uid === account.uid)) continue;
    found.set(image.id, { name, serviceAccount: account.name, writablePaths: image.writablePaths });
  }
  const all = [...found.values()];
  // Others are made from official images themselves.
  const official = all.filter(({ name }) => !name.includes("/"));
  const [kin, ...more] = official.length > 0 ? official : all;
  return kin !== undefined && more.length === 0 ? kin : null;
}

function startsTheSame(
  image: BaseImage,
  entrypoint: readonly string[] | null,
  cmd: readonly string[] | null,
): boolean {
  const own = image.entrypoint?.exec ?? null;
  return own === null ? entrypoint === null && cmd !== null && same(image.cmd, cmd) : same(own, entrypoint);
}

function same(one: readonly string[] | null, other: readonly string[] | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
