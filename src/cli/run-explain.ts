import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describeImage, keptPath, keptText, resolveImage, type BaseImage } from "../images/index.ts";
import type { ExplainArguments } from "./explain.ts";
import { passes } from "../../transforms/index.ts";
import { closest } from "./support/closest.ts";
import { pages } from "./support/pages.ts";
import { configuration } from "./support/configuration.ts";
import { CliError, EXIT, type ExitCode } from "./support/errors.ts";
import type { InspectOptions } from "./support/inspect.ts";
import { keptAbove } from "./support/kept.ts";
import { Output, widthOf } from "./support/streams.ts";

export async function runExplain({
  topic,
  json,
  inspect,
  platform,
  keep,
}: ExplainArguments): Promise<ExitCode> {
  const text =
    topic === undefined
      ? topics()
      : inspect === undefined
        ? await about(topic, json === true)
        : told(await asked(topic, { how: inspect, platform }, keep === true), json === true);
  await new Output(process.stdout).write(text);
  return EXIT.done;
}

async function about(topic: string, json: boolean): Promise<string> {
  const page = json ? undefined : pages().get(topic.toLowerCase());
  if (page !== undefined) return readFileSync(page, "utf8");
  const pass = json ? undefined : passes.find(({ name }) => name === topic);
  if (pass !== undefined) return `${pass.name}\n\n${pass.summary}\n`;
  const image = resolveImage(topic, { mirrors: await mirrors(), extra: await keptAbove(process.cwd()) });
  if (image !== null) return told(image, json);
  const mirror = likelyMirror(topic);
  if (mirror !== null)
    throw new CliError(
      `nothing is known of "${topic}"`,
      `If ${mirror} serves the images of Docker Hub, say so in deroot.config.json: {"mirrors": ["${mirror}"]}. ` +
        "--inspect asks the image itself.",
    );
  const near = closest(topic, [...pages().keys(), ...passes.map(({ name }) => name)]);
  const guess = near === null ? "" : `Did you mean ${near}? `;
  throw new CliError(
    `nothing is known of "${topic}"`,
    `${guess}deroot explain lists the topics; images are named as in FROM, and --inspect asks them.`,
  );
}

/** The first parts of a reference whose rest is an image that is known: `harbor.corp/hub` of `harbor.corp/hub/node:20`. */
function likelyMirror(reference: string): string | null {
  const parts = reference.split("/");
  if (parts.length < 2 || !/[.:]/.test(parts[0]!)) return null;
  for (let count = 1; count < parts.length; count++) {
    const image = resolveImage(parts.slice(count).join("/"));
    if (image !== null && !image.id.startsWith("tag/")) return parts.slice(0, count).join("/");
  }
  return null;
}

function told(image: BaseImage, json: boolean): string {
  return json ? `${JSON.stringify(image, null, 2)}\n` : describeImage(image, widthOf(process.stdout));
}

/** Asks the image itself. */
async function asked(reference: string, options: InspectOptions, keep: boolean): Promise<BaseImage> {
  const { InspectError } = await import("../images/inspect/index.ts");
  const { inspectImage } = await import("./support/inspect.ts");
  try {
    const prefixes = await mirrors();
    const profile = await inspectImage(reference, { ...options, mirrors: prefixes });
    if (keep) {
      mkdirSync(dirname(keptPath(profile)), { recursive: true });
      writeFileSync(keptPath(profile), keptText(profile));
      process.stderr.write(`Kept in ${keptPath(profile)}.\n`);
    }
    return resolveImage(reference, { mirrors: prefixes, extra: [profile] })!;
  } catch (error) {
    if (error instanceof InspectError) throw new CliError(error.message, error.hint, EXIT.failed);
    throw error;
  }
}

/** Those of the configuration where one stands. */
async function mirrors(): Promise<readonly string[]> {
  return (await configuration(undefined, process.cwd())).config.mirrors ?? [];
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
