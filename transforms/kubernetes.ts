import { kubernetesChanges } from "../src/rewrite/plan/companions/kubernetes.ts";
import type { Pass } from "../src/rewrite/pass.ts";

/** Gives the pods that run the image a securityContext that passes the restricted Pod Security Standard. */
export const kubernetes: Pass = {
  name: "kubernetes",
  summary: "gives the pods that run the image a securityContext that the restricted standard accepts",
  run: ({ plan }) => kubernetesChanges(plan),
};
