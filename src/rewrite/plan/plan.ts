import type { ImageModel } from "../../analysis/index.ts";
import type { Surroundings } from "../../companions/index.ts";
import type { Advice, Reason, RewriteOptions } from "../types.ts";
import type { PlannedAccount } from "./account.ts";
import type { Handover } from "./handover.ts";
import type { HomeMove } from "./home.ts";
import type { PortPlan } from "./ports.ts";
import type { Positions } from "./positions.ts";
import type { RootLine } from "./root-lines.ts";
import type { RootOption } from "./root-options.ts";
import type { RootSteps } from "./root-steps.ts";
import type { StartPrefix } from "./start-prefix.ts";
import type { StepDown } from "./step-down/index.ts";

/** What deroot will do to one Dockerfile, decided before a single edit is made. */
export interface Plan {
  readonly path: string;
  readonly options: RewriteOptions;
  readonly model: ImageModel;
  readonly around: Surroundings;
  /** Who the image runs as afterwards. Null when it runs unprivileged already. */
  readonly account: PlannedAccount | null;
  readonly positions: Positions | null;
  readonly handover: Handover;
  readonly ports: PortPlan;
  readonly home: HomeMove | null;
  /** With `--strategy entrypoint`: what takes the place of USER. */
  readonly stepDown: StepDown | null;
  /** With `--umask`: what sets it before the app starts. */
  readonly umask: StartPrefix | null;
  /** Steps that need root but stand after a USER. */
  readonly rootSteps: RootSteps | null;
  /** What the start does as root, and the account need not do. */
  readonly rootLines: readonly RootLine[];
  /** What the start tells a program to run as, and the account cannot obey. */
  readonly rootOptions: readonly RootOption[];
  readonly advice: readonly Advice[];
}

/** Either a plan, or why there is none. */
export type Decision =
  | { readonly kind: "plan"; readonly plan: Plan }
  | { readonly kind: "unchanged" | "declined"; readonly reason: Reason; readonly advice: readonly Advice[] };
