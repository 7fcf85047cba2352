import { type BaseImage, resolveImage } from "../images/index.ts";
import type { Step } from "./model.ts";

/** Package manager -> an image whose distro has the same tools. */
const STAND_INS: readonly (readonly [RegExp, string])[] = [
  [/^(apt|apt-get)$/, "debian"],
  [/^apk$/, "alpine"],
  [/^(dnf|yum)$/, "fedora"],
  [/^microdnf$/, "registry.access.redhat.com/ubi9/ubi-minimal"],
  [/^zypper$/, "opensuse/leap"],
  [/^pacman$/, "archlinux"],
];

/**
 * The distro of an image that no profile knows, told by the package manager its steps call. Only the distro and
 * its tools are known then: users, ports and entrypoint stay unknown.
 */
export function inferBase(reference: string, steps: readonly Step[]): BaseImage | null {
  const managers = new Set<string>();
  for (const step of steps) {
    for (const command of step.commands) {
      const row = STAND_INS.find(([name]) => command.name !== null && name.test(command.name));
      if (row && !command.conditional) managers.add(row[1]);
    }
  }
  if (managers.size !== 1) return null;
  const like = resolveImage([...managers][0]!);
  if (!like) return null;
  return {
    ...like,
    id: `inferred/${like.distro}`,
    reference,
    suite: null,
    users: [],
    serviceAccount: null,
    confidence: "knowledge",
  };
}
