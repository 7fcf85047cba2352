import type { ImageModel } from "../../../analysis/index.ts";
import type { BaseImage } from "../../../images/index.ts";

/** A program that becomes another user and then is the app, so that signals reach it. */
export interface StepDownTool {
  readonly name: "setpriv" | "su-exec" | "gosu";
  /** The command that installs it; null where it is there. */
  readonly install: string | null;
}

/**
 * The tool that the image has, or the distro's own package of one; null where there is neither.
 * Sources: util-linux (setpriv since 2.23), Alpine main/su-exec, Debian gosu (since stretch), Ubuntu gosu (since
 * xenial). BusyBox's setpriv cannot change the user.
 */
export function stepDownTool(model: ImageModel): StepDownTool | null {
  const base = model.base.image;
  if (!base) return null;
  const there = [...base.stepDownTools, ...installed(model)];
  for (const name of ["su-exec", "gosu"] as const) if (there.includes(name)) return { name, install: null };
  if (base.packageManager === "apk") return { name: "su-exec", install: "apk add --no-cache su-exec" };
  if (there.includes("setpriv")) return { name: "setpriv", install: null };
  return fromPackages(base);
}

function fromPackages(base: BaseImage): StepDownTool | null {
  switch (base.packageManager) {
    case "apt": {
      if (base.suite !== null && TOO_OLD.has(base.suite)) return null;
      const install =
        "apt-get update && apt-get install -y --no-install-recommends gosu && rm -rf /var/lib/apt/lists/*";
      return { name: "gosu", install };
    }
    case "dnf":
    case "microdnf":
    case "yum":
    case "tdnf": {
      const manager = base.packageManager;
      return {
        name: "setpriv",
        install: ifMissing(`${manager} install -y util-linux findutils && ${manager} clean all`),
      };
    }
    case "zypper":
      return {
        name: "setpriv",
        install: ifMissing("zypper --non-interactive install util-linux findutils && zypper clean --all"),
      };
    case "pacman":
      return { name: "setpriv", install: null };
    default:
      return null;
  }
}

/** Small images lack one or the other, and no list says for certain which. */
function ifMissing(install: string): string {
  return `if ! command -v setpriv >/dev/null || ! command -v find >/dev/null; then ${install}; fi`;
}

/** Releases without a package of gosu. */
const TOO_OLD = new Set(["wheezy", "jessie", "precise", "trusty"]);

function installed(model: ImageModel): string[] {
  return model.steps.flatMap((step) => step.effects.flatMap((effects) => effects.packages));
}
