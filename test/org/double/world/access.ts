/** Who may do what. */
import { Problem, type Account, type Permission, type Repository } from "./model.ts";
import { fullName } from "./world.ts";

/** The least to the most. */
const ORDER: readonly Permission[] = ["read", "triage", "write", "maintain", "admin"];

/** Null: it must look as if the repository were not there. */
export function permission(repository: Repository, account: Account | null): Permission | null {
  if (account && repository.permissions === null) return "admin";
  const given = account ? repository.permissions?.get(account.login) : undefined;
  if (given) return given;
  if (account === repository.owner) return "admin";
  return repository.private ? null : "read";
}

export function may(repository: Repository, account: Account | null, wanted: Permission): boolean {
  const has = permission(repository, account);
  return has !== null && ORDER.indexOf(has) >= ORDER.indexOf(wanted);
}

/** Throws a {@link Problem}: not found for who may not even read, forbidden else; archived repositories take no writes. */
export function demand(repository: Repository, account: Account, wanted: Permission): void {
  if (permission(repository, account) === null) throw new Problem("not-found", "Not Found");
  if (wanted !== "read" && repository.archived)
    throw new Problem("archived", "Repository was archived so is read-only.");
  if (repository.disabled) throw new Problem("forbidden", "Repository access blocked");
  if (!may(repository, account, wanted))
    throw new Problem(
      "forbidden",
      `${account.login} does not have the right to write to ${fullName(repository)}`,
    );
}
