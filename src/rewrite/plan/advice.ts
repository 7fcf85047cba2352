import { type ImageModel, isInside, startsNothing } from "../../analysis/index.ts";
import { isReleaseTag, type Surroundings } from "../../companions/index.ts";
import type { Advice } from "../types.ts";
import type { PlannedAccount } from "./account.ts";
import type { Handover } from "./handover.ts";
import { lineAt } from "./line-at.ts";
import type { RootLine } from "./root-lines.ts";

/** What nobody may miss when the new image is rolled out. */
export function adviseUpgrade(
  model: ImageModel,
  around: Surroundings,
  handover: Handover,
  path: string,
  account: PlannedAccount,
): Advice[] {
  const advice: Advice[] = [];
  const owner =
    account.uid === null ? (account.name ?? "the account") : `${account.uid}:${account.gid ?? account.uid}`;
  const volumes = model.final.volumes.map((v) => ({ path: v.path, line: v.instruction.line }));
  for (const volume of volumes) {
    advice.push({
      title: `Data that root wrote to ${volume.path}`,
      reason: `A volume filled by an earlier release belongs to root. Before the upgrade, run once: docker run --rm -u 0 --entrypoint chown -v VOLUME:${volume.path} IMAGE -R ${owner} ${volume.path}. In Kubernetes, set fsGroup instead.`,
      path,
      line: volume.line,
    });
  }
  advice.push(...chosenAtStart(around));
  for (const file of around.unread) {
    advice.push({
      title: `${file.path} was not understood`,
      reason: `It is left as it is: ${file.message.replace(/\.$/, "")}. If it runs this image, look there for ports, user: and volumes.`,
      path: file.path,
      line: file.line,
    });
  }
  for (const service of around.services) {
    for (const mount of service.volumes) {
      if (mount.readOnly || mount.type === "tmpfs") continue;
      const written = handover.paths.some(
        (p) => isInside(p.path, mount.target) || isInside(mount.target, p.path),
      );
      const home = mountInRootsHome(mount.target, account);
      if (home !== null) {
        advice.push({
          title: `${service.name} mounts ${mount.source ?? "a volume"} at ${mount.target}`,
          reason: `Only root can enter /root, and the account's programs look in ${account.home}: mount it at ${home}, and hand over what root has written there (sudo chown -R ${owner}).`,
          path: service.file,
          line: mount.line,
        });
        continue;
      }
      if (!written) continue;
      advice.push({
        title: `${service.name} mounts ${mount.source ?? "a volume"} at ${mount.target}`,
        reason:
          mount.type === "bind"
            ? `The directory on the host must be writable for ${owner}: sudo chown -R ${owner} ${mount.source ?? ""}`.trim()
            : `If root filled this volume before, hand it over once: docker compose run --rm -u 0 --entrypoint chown ${service.name} -R ${owner} ${mount.target}`,
        path: service.file,
        line: mount.line,
      });
    }
  }
  for (const { path: place, line, says } of around.deployment.rootUsers) {
    advice.push({
      title: `${says} still runs as root`,
      reason: `Its user overrides the image's USER. Remove it, or name ${owner}.`,
      path: place,
      line,
    });
  }
  const pinned = new Set<string>();
  for (const { path: place, container } of around.deployment.workloads) {
    const { image, line } = container;
    if (image === null || !isPinned(image) || pinned.has(`${place} ${image}`)) continue;
    pinned.add(`${place} ${image}`);
    advice.push({
      title: `${image} was built before`,
      reason: "The manifest fits the image as it will be built: roll it out together with the new tag.",
      path: place,
      line,
    });
  }
  const lost = (around.runs?.capabilities ?? []).filter((name) => !NO_LONGER_NEEDED.has(name));
  if (lost.length > 0) {
    advice.push({
      title: `It has used ${lost.join(", ")} as root`,
      reason: `A run without ${lost.length === 1 ? "this capability" : "these capabilities"} did not do the same, and no account has them: see with deroot verify what fails, and do without it.`,
      path,
      line: null,
    });
  }
  const asked = model.base.image?.fileCapabilities ?? [];
  if (asked.length > 0) {
    advice.push({
      title: `Where capabilities are dropped, ${asked.join(", ")} has to be added back`,
      reason: `The file of the program in ${model.base.raw} has it, so the kernel refuses to start it without. The restricted Pod Security Standard allows NET_BIND_SERVICE.`,
      path,
      line: model.chain[0]!.from.line,
    });
  }
  if (startsNothing(model)) {
    advice.push({
      title: "Images that are built FROM this one",
      reason:
        "It starts nothing itself, so others may build on it. Their steps that need root must say USER root first.",
      path,
      line: null,
    });
  }
  return advice;
}

/** `exec su-exec "$PUID:$PGID"` where the container starts as root: who uses that has to know. */
function chosenAtStart({ scripts }: Surroundings): Advice[] {
  return scripts.flatMap(({ script, effects, file, text }) => {
    const command = script.commands.find(
      ({ conditional, argv }, at) =>
        conditional && effects[at]!.switchesTo !== null && argv.some(({ raw }) => VARIABLE.test(raw)),
    );
    if (command === undefined) return [];
    const names = command.argv.flatMap(({ raw }) =>
      [...raw.matchAll(new RegExp(VARIABLE, "g"))].map((match) => match[1]!),
    );
    const variables = [...new Set(names)];
    return [
      {
        title: `${variables.join(" and ")} no longer choose the user`,
        reason: `The start steps down to them only where it begins as root. Start the container with --user UID:GID instead (user: in compose).`,
        path: file,
        line: lineAt(text, command.start),
      },
    ];
  });
}

const VARIABLE = /\$\{?([A-Za-z_]\w*)/;

/** A digest, or the tag of one release: it will not become the new image. */
function isPinned(image: string): boolean {
  return image.includes("@sha256:") || isReleaseTag(image);
}

/** What the start handed over each time is now handed over once: a mount from elsewhere is not. */
export function adviseRootLines(lines: readonly RootLine[], { name, uid, gid }: PlannedAccount): Advice[] {
  const owner = uid === null ? (name ?? "the account") : `${uid}:${gid ?? uid}`;
  return lines.flatMap(({ path, line, mending }) =>
    mending.kind !== "handed"
      ? []
      : mending.paths.map((place) => ({
          title: `${place} is no longer handed over at every start`,
          reason: `It belongs to ${owner} in the image. A directory or volume that is mounted there and was filled as root has to be handed over once: docker run --rm -u 0 --entrypoint chown -v VOLUME:${place} IMAGE -R ${owner} ${place}. In Kubernetes, set fsGroup instead.`,
          path,
          line,
        })),
  );
}

/** What the entrypoint needs from those who start the image. */
export function adviseStepDown(around: Surroundings): Advice[] {
  return around.services
    .filter((service) => service.capDrop.some((capability) => /^all$/i.test(capability)))
    .map((service) => ({
      title: `${service.name} starts without capabilities`,
      reason:
        "The entrypoint starts as root and needs CHOWN, DAC_OVERRIDE, FOWNER, SETGID and SETUID until it has stepped down: add them to cap_add, or set user: and hand the volumes over yourself.",
      path: service.file,
      line: service.line,
    }));
}

/** Where a mount below root's home belongs now; null where it is none. */
function mountInRootsHome(target: string, { home, name }: PlannedAccount): string | null {
  const hasHome = name !== null && home !== null && !/^\/(?:root|nonexistent|bin|var\/empty)?$/.test(home);
  if (!hasHome || !isInside(target, "/root")) return null;
  return home + target.slice("/root".length);
}

/** What root needs for files and ports that a migration hands over, and to step down to somebody else. */
const NO_LONGER_NEEDED: ReadonlySet<string> = new Set([
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "NET_BIND_SERVICE",
  "SETGID",
  "SETUID",
]);
