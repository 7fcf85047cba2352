import type { Pass } from "../src/rewrite/pass.ts";
import type { Change, Edit } from "../src/rewrite/types.ts";
import { insert } from "./insert.ts";

/** Moves ports below 1024 up, everywhere at once: listener, EXPOSE, HEALTHCHECK, compose. */
export const ports: Pass = {
  name: "ports",
  summary: "moves ports below 1024 to 8080, 8443 …, in every file that names them",
  run({ plan, layout }) {
    const { positions } = plan;
    if (!positions) return [];
    return plan.ports.remaps.map((remap): Change => {
      const added: Edit[] = [
        ...(remap.env.length > 0 ? [insert(layout, positions.account, remap.env.map((pair) => `${layout.keyword("ENV")} ${pair}`))] : []),
        ...(remap.commands.length > 0 ? [insert(layout, positions.user, [layout.run(remap.commands)])] : []),
      ];
      return {
        id: `ports:${remap.from}`,
        pass: "ports",
        title: `Listen on ${remap.to} instead of ${remap.from}`,
        reason: "Ports below 1024 need a privilege that an unprivileged process lacks in Kubernetes, podman and older engines.",
        applicability: remap.applicability,
        dependsOn: [],
        evidence: remap.evidence,
        edits: [...added, ...remap.edits],
      };
    });
  },
};
