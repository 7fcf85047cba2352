import type { SharingImage } from "../../sharing.ts";
import { isIgnored } from "../ignored.ts";
import { changeCallers } from "./callers.ts";
import { Contract } from "./contract.ts";
import { changeListeners } from "./listeners.ts";

/** A file that the port's change edits goes into another image too: whatever names the port there moves along. */
export function followShared(contract: Contract, { path, model, around, files }: SharingImage): void {
  const shared = contract.edits.map((edit) => edit.path).find((file) => files.has(file));
  if (shared === undefined) return;
  const theirs = new Contract(contract.from, contract.to);
  changeListeners(theirs, model, around, path);
  changeCallers(theirs, model, around, path);
  const says = `its image reads ${shared}, too`;
  const line = model.target.from.line;
  const needsMore = theirs.commands.length + theirs.env.length > 0;
  if (needsMore)
    contract.cannot({ path, line, says: `${says}, and listens on ${contract.from} by other means` });
  if (isIgnored(model)) contract.cannot({ path, line, says: `${says}, and is opted out` });
  for (const edit of theirs.edits) contract.edit(edit);
  for (const place of theirs.left) contract.cannot(place);
  contract.sure &&= theirs.sure;
  contract.evidence.push({
    source: "companion",
    where: path,
    line,
    says: `${says}, so the port moves there, too`,
  });
}
