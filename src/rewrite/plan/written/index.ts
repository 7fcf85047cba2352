import type { ImageFiles, ImageModel } from "../../../analysis/index.ts";
import type { Surroundings } from "../../../companions/index.ts";
import { findRootLines } from "../root-lines.ts";
import type { PlannedAccount } from "../account.ts";
import { baseProfile, services } from "./base.ts";
import {
  closedFiles,
  composeVolumes,
  rootLines,
  runs,
  serverConfigs,
  source,
  startScripts,
} from "./companions.ts";
import {
  buildOutput,
  madeDirectories,
  settings,
  startDirectory,
  startRedirects,
  volumes,
  workdir,
} from "./dockerfile.ts";
import { type Policy, Wishes, type WrittenPaths } from "./wishes.ts";

export { joined } from "./wishes.ts";
export type { Policy, Sign, Wanted, WrittenPaths } from "./wishes.ts";

/** Collects what the app writes, from every evidence there is. */
export function findWrittenPaths(
  model: ImageModel,
  around: Surroundings,
  files: ImageFiles,
  account: PlannedAccount,
  policy: Policy,
  dockerfile: string,
): WrittenPaths {
  const found = new Wishes(model, files, account, dockerfile, policy);
  for (const evidence of [workdir, startDirectory, volumes, madeDirectories, buildOutput]) evidence(found);
  baseProfile(found, around);
  services(found, around);
  settings(found);
  const { lines } = findRootLines(dockerfile, model, around);
  const spared = new Set(lines.flatMap((line) => line.spared));
  rootLines(found, lines);
  startScripts(found, around, spared);
  startRedirects(found, spared);
  for (const evidence of [serverConfigs, composeVolumes, closedFiles, source, runs]) evidence(found, around);
  return found;
}
