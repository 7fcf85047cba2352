import type { PassContext } from "../src/rewrite/pass.ts";
import type { StepDown } from "../src/rewrite/plan/step-down/index.ts";
import type { Change } from "../src/rewrite/types.ts";
import { insert } from "./insert.ts";
import { accountChanges, startScriptChanges } from "./names.ts";

/** `--strategy entrypoint`: an entrypoint that becomes the account takes the place of USER. */
export function stepDown({ plan, layout }: PassContext, down: StepDown): Change[] {
  const { account, positions } = plan;
  if (!account || !positions) return [];
  const lines = [...down.args, `COPY ${down.source} ${down.destination}`, down.env, ...down.start.lines];
  const who = account.name ?? `${account.uid}:${account.gid ?? account.uid}`;
  return [
    {
      id: "user",
      pass: "user",
      title: `Step down to ${who} at the start`,
      reason: `${down.file} starts as root, hands over ${listed(down.paths)}, whose owner a mount decides, and runs the app as the account.`,
      applicability: account.applicability,
      dependsOn: [...accountChanges(account), ...(plan.home ? ["home"] : []), ...startScriptChanges(plan)],
      evidence: [
        { source: "option", where: plan.path, line: null, says: "--strategy entrypoint asks for it" },
        ...account.evidence,
        ...down.evidence,
      ],
      edits: [
        ...(down.install === null
          ? []
          : [insert(layout, positions.account, [layout.run([down.install])], true)]),
        insert(
          layout,
          positions.user,
          lines.map((line) => layout.line(line)),
        ),
        ...down.start.edits,
        { path: down.file, start: 0, end: 0, text: down.text },
        ...(down.ignoreFile ? [down.ignoreFile] : []),
      ],
      modes: [{ path: down.file, mode: "executable" }],
    },
  ];
}

function listed(paths: readonly string[]): string {
  return paths.length === 0 ? "what WRITABLE_DIRS names" : paths.join(", ");
}
