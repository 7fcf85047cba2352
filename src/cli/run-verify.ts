import { resolve } from "node:path";
import { createColors } from "picocolors";
import { diskTree } from "../file-tree/disk.ts";
import {
  EngineError,
  ProbeError,
  readProbe,
  saveEvidence,
  verdictTotals,
  verificationsJson,
  verificationsMarkdown,
  verificationText,
  verifyAll,
  type Probe,
  type Verification,
  type VerifyOptions,
} from "../verify/index.ts";
import { tellNotes } from "./support/deliver.ts";
import { CliError, EXIT, type ExitCode } from "./support/errors.ts";
import { interruptible } from "./support/interruption.ts";
import { openSession } from "./support/session.ts";
import { Output, wantsColour, widthOf } from "./support/streams.ts";
import { TOOL } from "./support/tool.ts";
import type { VerifyArguments } from "./verify.ts";
import { Stage } from "./verify-stage.ts";

export async function runVerify(args: VerifyArguments): Promise<ExitCode> {
  const stage = new Stage(process.stderr, args.quiet === true);
  const options = verifyOptions(args);
  const session = await openSession(args);
  tellNotes(session.notes, args);
  const root = session.root!;
  const interruption = interruptible();
  const output = new Output(process.stdout);
  const palette = createColors(args.format === "text" && wantsColour(process.stdout, args.color));
  const style = {
    palette,
    width: widthOf(process.stdout),
    verbose: args.verbose ?? false,
    learned: args.learn ?? false,
    name: (path: string) => session.name(path),
  };
  const verifications: Verification[] = [];
  try {
    await verifyAll({
      ...options,
      rewrite: session.options,
      tree: diskTree(root),
      dockerfiles: session.dockerfiles,
      engine: args.engine,
      repair: args.repair ?? false,
      signal: interruption.signal,
      onProgress: stage.show,
      async onVerified(verification) {
        verifications.push(verification);
        stage.clear();
        if (args.learn && verification.learned) saveEvidence(root, [verification.learned]);
        if (args.format !== "text" || (args.quiet && verification.verdict === "same")) return;
        await output.write(verificationText(verification, style));
      },
    });
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    if (error.code !== "interrupted") throw new CliError(error.message, error.hint, EXIT.failed);
  } finally {
    stage.clear();
    interruption.end();
  }
  if (args.format === "json") await output.write(verificationsJson(verifications, TOOL));
  else if (args.format === "markdown") await output.write(verificationsMarkdown(verifications));
  else if (!args.quiet) await output.write(verdictTotals(verifications, palette));
  if (session.hasProblems) return EXIT.usage;
  return verifications.every(({ verdict }) => verdict === "same" || verdict === "skipped")
    ? EXIT.done
    : EXIT.found;
}

function verifyOptions(args: VerifyArguments): VerifyOptions {
  const buildTimeout = seconds("--build-timeout", args.buildTimeout);
  const patience = seconds("--timeout", args.timeout);
  return {
    build: {
      network: args.network,
      args: args.buildArg ?? [],
      platform: args.platform,
      secrets: args.secret ?? [],
      ...(buildTimeout !== undefined && { timeout: buildTimeout }),
    },
    run: {
      env: args.env ?? [],
      envFiles: (args.envFile ?? []).map((file) => resolve(file)),
      mounts: args.mount ?? [],
    },
    probes: [
      ...(args.probe ?? []).map(probeOf),
      ...(args.probeCmd ?? []).map((command): Probe => ({ kind: "command", command })),
    ],
    learn: args.learn ?? false,
    capabilities: args.learn ?? false,
    keep: args.keep ?? false,
    ...(patience !== undefined && { patience }),
  };
}

function probeOf(text: string): Probe {
  try {
    return readProbe(text);
  } catch (error) {
    if (error instanceof ProbeError) throw new CliError(error.message, error.hint);
    throw error;
  }
}

function seconds(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value > 0))
    throw new CliError(`${option}: expected seconds, not "${text}"`, `For example ${option} 60.`);
  return value * 1000;
}
