import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describeImage, resolveImage, type BaseImage, type Profile } from "../images/index.ts";
import { KEPT_FOLDER, ProfileError, readExtraProfiles } from "../images/inspect/kept.ts";
import type { ExplainArguments } from "./explain.ts";
import { passes } from "../../transforms/index.ts";
import { closest } from "./support/closest.ts";
import { CliError, EXIT, type ExitCode } from "./support/errors.ts";
import { Output } from "./support/streams.ts";

export async function runExplain({ topic, json, inspect, keep }: ExplainArguments): Promise<ExitCode> {
  const text =
    topic === undefined
      ? topics()
      : inspect === undefined
        ? about(topic, json === true)
        : told(await asked(topic, inspect, keep === true), json === true);
  await new Output(process.stdout).write(text);
  return EXIT.done;
}

function about(topic: string, json: boolean): string {
  const page = json ? undefined : pages().get(topic.toLowerCase());
  if (page !== undefined) return readFileSync(page, "utf8");
  const pass = json ? undefined : passes.find(({ name }) => name === topic);
  if (pass !== undefined) return `${pass.name}\n\n${pass.summary}\n`;
  const image = resolveImage(topic, { extra: kept() });
  if (image !== null) return told(image, json);
  const near = closest(topic, [...pages().keys(), ...passes.map(({ name }) => name)]);
  const guess = near === null ? "" : `Did you mean ${near}? `;
  throw new CliError(
    `nothing is known of "${topic}"`,
    `${guess}deroot explain lists the topics; images are named as in FROM, and --inspect asks them.`,
  );
}

function told(image: BaseImage, json: boolean): string {
  return json ? `${JSON.stringify(image, null, 2)}\n` : describeImage(image);
}

/** Asks the image itself. */
async function asked(reference: string, how: "engine" | "registry", keep: boolean): Promise<BaseImage> {
  const { InspectError, keptPath, keptText } = await import("../images/inspect/index.ts");
  const { inspectImage } = await import("./support/inspect.ts");
  try {
    const profile = await inspectImage(reference, { how });
    if (keep) {
      mkdirSync(dirname(keptPath(profile)), { recursive: true });
      writeFileSync(keptPath(profile), keptText(profile));
      process.stderr.write(`Kept in ${keptPath(profile)}.\n`);
    }
    return resolveImage(reference, { extra: [profile] })!;
  } catch (error) {
    if (error instanceof InspectError) throw new CliError(error.message, error.hint, EXIT.failed);
    throw error;
  }
}

/** The profiles that the repository one stands in keeps for itself. */
function kept(): Profile[] {
  if (!existsSync(KEPT_FOLDER)) return [];
  const paths = readdirSync(KEPT_FOLDER).filter((file) => file.endsWith(".json"));
  try {
    return readExtraProfiles(
      paths
        .sort()
        .map((file) => join(KEPT_FOLDER, file))
        .map((path) => ({ path, text: readFileSync(path, "utf8") })),
    );
  } catch (error) {
    if (error instanceof ProfileError) throw new CliError(`${error.path}: ${error.message}`);
    throw error;
  }
}

function topics(): string {
  const width = Math.max(...passes.map(({ name }) => name.length));
  const names = new Set(passes.map(({ name }) => name));
  const others = [...pages().keys()].filter((name) => !names.has(name));
  return [
    "Passes",
    ...passes.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    ...(others.length === 0 ? [] : ["", "Pages", ...others.map((name) => `  ${name}`)]),
    "",
    "Images, as in FROM: deroot explain nginx:1.25",
    "",
  ].join("\n");
}

/** The pages of the passes and those of `docs/`; both folders lie beside `dist/`. */
function pages(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const folder of ["../docs/", "../transforms/"]) {
    const root = fileURLToPath(new URL(folder, import.meta.url));
    if (!existsSync(root)) continue;
    for (const file of readdirSync(root, { recursive: true, encoding: "utf8" }).sort()) {
      if (file.endsWith(".md")) found.set(basename(file, ".md").toLowerCase(), join(root, file));
    }
  }
  return found;
}
