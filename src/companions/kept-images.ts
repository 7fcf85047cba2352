import { TreeError, type FileTree, type TreeEntry } from "../file-tree.ts";
import {
  KEPT_FOLDER,
  ProfileError,
  readExtraProfiles,
  type KeptFile,
  type Profile,
} from "../images/index.ts";

/** What was read of a list holds for that object: all Dockerfiles of a run share it. */
const known = new WeakMap<readonly TreeEntry[], Promise<readonly Profile[]>>();

/**
 * The profiles that a repository keeps, `.deroot/images/*.json`.
 * @throws {ProfileError} for the first file that is no sound profile.
 */
export async function keptProfiles(tree: FileTree): Promise<readonly Profile[]> {
  const entries = await tree.list();
  let profiles = known.get(entries);
  if (!profiles) known.set(entries, (profiles = read(tree, entries)));
  return profiles;
}

async function read(tree: FileTree, entries: readonly TreeEntry[]): Promise<readonly Profile[]> {
  const paths = entries
    .map(({ path }) => path)
    .filter((path) => path.startsWith(`${KEPT_FOLDER}/`) && path.endsWith(".json"));
  return readExtraProfiles(await Promise.all(paths.map((path) => keptFile(tree, path))));
}

async function keptFile(tree: FileTree, path: string): Promise<KeptFile> {
  try {
    return { path, text: new TextDecoder().decode(await tree.read(path)) };
  } catch (error) {
    if (error instanceof TreeError) throw new ProfileError(path, error.message, { cause: error });
    throw error;
  }
}
