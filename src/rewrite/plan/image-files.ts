import { posix } from "node:path";
import { type FilesOptions, ImageFiles, type ImageModel, builderOf } from "../../analysis/index.ts";
import type { Surroundings } from "../../companions/index.ts";
import type { PlannedAccount } from "./account.ts";

/** The account as chown and the model name its user. */
export function userOf({ uid, name }: PlannedAccount): string {
  return uid === null ? (name ?? "") : String(uid);
}

/** As --chown names it: with names where there are some, as the group's number may not be known. */
export function ownerOf({ name, group, uid, gid }: PlannedAccount): string {
  return name !== null && group !== null ? `${name}:${group}` : `${uid}:${gid ?? uid}`;
}

/** The image's files as the account will find them. */
export function imageFiles(
  model: ImageModel,
  around: Surroundings,
  account: PlannedAccount,
  options: Pick<FilesOptions, "given" | "until" | "watch"> = {},
): ImageFiles {
  return new ImageFiles(model, {
    ...options,
    builder: builderOf(model.dockerfile),
    account,
    source: (path) => {
      const mode = around.files.get(posix.join(around.context, path))?.mode;
      return mode === "file" || mode === "executable" ? mode : null;
    },
    wanted: around.scripts.map((script) => script.path),
  });
}
