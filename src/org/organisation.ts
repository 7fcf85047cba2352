/** What an organisation says for all of its repositories: a file in its repository `.github`, or `.gitlab`. */
import { OptionError } from "../config/options.ts";
import { TreeError } from "../file-tree.ts";
import { OrgError } from "./errors.ts";
import { ForgeError, type Forge } from "./forge.ts";
import { CONFIG_PATHS, readProposalOptions, type ProposalOptions } from "./options.ts";

export async function organisationOptions(
  forge: Forge,
  owner: string | null,
  branch: string,
): Promise<Partial<ProposalOptions>> {
  if (owner === null) return {};
  const name = `${owner}/.${forge.kind}`;
  for await (const repository of found(forge, name, branch)) {
    if (repository.head === null) return {};
    const tree = await forge.tree(repository.name, repository.head);
    const paths = new Set((await tree.list()).map(({ path }) => path));
    for (const path of [...CONFIG_PATHS, "deroot.yml"]) {
      if (!paths.has(path)) continue;
      try {
        return await readProposalOptions(new TextDecoder().decode(await tree.read(path)));
      } catch (error) {
        if (error instanceof OptionError)
          throw new OrgError(`${name}: ${path}: ${error.message}`, error.hint);
        if (error instanceof TreeError)
          throw new OrgError(`${name}: ${path}: ${error.message}`, "Correct the file.");
        throw error;
      }
    }
  }
  return {};
}

async function* found(forge: Forge, name: string, branch: string): ReturnType<Forge["find"]> {
  try {
    yield* forge.find({ owner: null, names: [name], teams: [], branch });
  } catch (error) {
    // Most organisations have none.
    if (!(error instanceof ForgeError && error.code === "missing")) throw error;
  }
}
