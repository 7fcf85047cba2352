/** A plan that somebody has read and passed: a file that names what may be opened, by the digest of what it brings. */
import type { Approved } from "./campaign.ts";
import { OrgError } from "./errors.ts";
import type { RepositoryRecord } from "./ledger.ts";

interface ApprovalFile {
  readonly schema: 1;
  readonly host: string;
  readonly repositories: readonly {
    readonly repository: string;
    /** False, or the entry taken out: not this one. */
    readonly approved: boolean;
    readonly proposals: readonly { readonly branch: string; readonly digest: string }[];
  }[];
}

export function approvalEntry(record: RepositoryRecord): ApprovalFile["repositories"][number] | null {
  const proposals = record.proposals
    .filter(({ state, digest }) => digest !== "" && (state === "none" || state === "withdrawn"))
    .map(({ branch, digest }) => ({ branch, digest }));
  if (record.outcome !== "rewritten" || proposals.length === 0) return null;
  return { repository: record.repository, approved: true, proposals };
}

export function approvalFile(host: string, repositories: ApprovalFile["repositories"]): string {
  return `${JSON.stringify({ schema: 1, host, repositories } satisfies ApprovalFile, null, 2)}\n`;
}

export function readApproval(text: string, host: string): Approved {
  let file: Partial<ApprovalFile>;
  try {
    file = JSON.parse(text) as Partial<ApprovalFile>;
  } catch {
    throw new OrgError("the approval file is not JSON", MAKE_ONE);
  }
  if (file?.schema !== 1 || !Array.isArray(file.repositories))
    throw new OrgError("this is not an approval file", MAKE_ONE);
  if (file.host !== host)
    throw new OrgError(`the approval file is for ${String(file.host)}, not for ${host}`, MAKE_ONE);
  const approved: Record<string, Record<string, string>> = Object.create(null) as never;
  for (const { repository, approved: isApproved, proposals } of file.repositories) {
    if (isApproved !== true || typeof repository !== "string" || !Array.isArray(proposals)) continue;
    approved[repository] = Object.fromEntries(
      proposals.map(({ branch, digest }: { branch: string; digest: string }) => [branch, digest]),
    );
  }
  return approved;
}

const MAKE_ONE = "Make one with deroot org plan --approval FILE.";
