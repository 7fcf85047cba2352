import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describeImage, resolveImage } from "../images/index.ts";
import { passes } from "../../transforms/index.ts";
import { closest } from "./support/closest.ts";
import { CliError, EXIT, type ExitCode } from "./support/errors.ts";
import { Output } from "./support/streams.ts";

export async function runExplain(topic: string | undefined): Promise<ExitCode> {
  await new Output(process.stdout).write(topic === undefined ? topics() : about(topic));
  return EXIT.done;
}

function about(topic: string): string {
  const page = pages().get(topic.toLowerCase());
  if (page !== undefined) return readFileSync(page, "utf8");
  const pass = passes.find(({ name }) => name === topic);
  if (pass !== undefined) return `${pass.name}\n\n${pass.summary}\n`;
  const image = resolveImage(topic);
  if (image !== null) return describeImage(image);
  const near = closest(topic, [...pages().keys(), ...passes.map(({ name }) => name)]);
  const guess = near === null ? "" : `Did you mean ${near}? `;
  throw new CliError(
    `nothing is known of "${topic}"`,
    `${guess}deroot explain lists the topics; images are named as in FROM.`,
  );
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

/** The pages of `docs/`, which lies beside `dist/`. */
function pages(): ReadonlyMap<string, string> {
  const docs = fileURLToPath(new URL("../docs/", import.meta.url));
  if (!existsSync(docs)) return new Map();
  const files = readdirSync(docs, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".md"),
  );
  return new Map(files.sort().map((file) => [basename(file, ".md").toLowerCase(), join(docs, file)]));
}
