import type { Pass } from "../src/rewrite/pass.ts";
import type { Change, Edit } from "../src/rewrite/types.ts";
import { insert } from "./insert.ts";

/** Moves ports below 1024 up, everywhere at once: listener, EXPOSE, HEALTHCHECK, compose, Kubernetes. */
export const ports: Pass = {
  name: "ports",
  summary: "moves ports below 1024 to 8080, 8443 …, in every file that names them",
  run({ plan, layout }) {
    const { positions } = plan;
    if (!positions) return [];
    return plan.ports.remaps.map((remap): Change => {
      const env = remap.env.map((pair) => layout.line(`ENV ${pair}`));
      const commands = remap.commands.length > 0 ? [layout.run(remap.commands)] : [];
      const expose = remap.exposes ? [layout.line(`EXPOSE ${remap.to}`)] : [];
      const added: Edit[] = [
        ...(env.length > 0 ? [insert(layout, positions.account, env)] : []),
        ...(commands.length + expose.length > 0
          ? [insert(layout, positions.user, [...expose, ...commands])]
          : []),
      ];
      return {
        id: `ports:${remap.from}`,
        pass: "ports",
        title: `Listen on ${remap.to} instead of ${remap.from}${remap.byHand === null ? "" : ", by hand"}`,
        reason: remap.byHand ?? WHY,
        applicability: remap.applicability,
        dependsOn: [],
        evidence: remap.evidence,
        edits: [...added, ...remap.edits],
      };
    });
  },
};

const WHY =
  "Ports below 1024 need a privilege that an unprivileged process lacks in Kubernetes, podman and older engines.";
