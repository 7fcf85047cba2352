/** `--inspect`: asks base images before the rewriting, and tells how that went. */
import type { FileTree } from "../../file-tree.ts";
import { describeBriefly, type BaseImage, type Profile } from "../../images/index.ts";
import { InspectError } from "../../images/inspect/index.ts";
import { keptProfiles } from "../../companions/index.ts";
import { printable } from "../../report/text.ts";
import type { RewriteOptions } from "../../rewrite/types.ts";
import { inspectUnknownBases, type InspectHow, type InspectOptions } from "./inspect.ts";
import { interruptible } from "./interruption.ts";
import type { Note } from "./session.ts";

export async function askBases(
  tree: FileTree,
  dockerfiles: readonly string[],
  options: RewriteOptions,
  { how, ...asked }: Pick<InspectOptions, "how" | "engine" | "platform">,
  quiet: boolean,
): Promise<{ images: readonly Profile[]; notes: readonly Note[] }> {
  const notes: Note[] = [];
  const mirrors = options.mirrors ?? [];
  const told = !quiet && process.stderr.isTTY;
  const interruption = interruptible();
  try {
    // A kept profile that is not sound fails each rewrite, which tells of it.
    const kept = await keptProfiles(tree).catch(() => []);
    const images = await inspectUnknownBases(tree, dockerfiles, {
      how,
      ...asked,
      images: { mirrors, extra: [...(options.images ?? []), ...kept] },
      target: options.target,
      signal: interruption.signal,
      onStart: (reference) => {
        if (told) process.stderr.write(`\r${printable(`asking ${reference} …`)}\x1b[K`);
      },
      onAnswer: (image) => notes.push(answer(image, how)),
      onProblem: (reference, { message, hint }) =>
        notes.push({ level: "warning", text: `${reference} could not be asked: ${message}`, hint }),
    });
    return { images, notes };
  } catch (error) {
    if (error instanceof InspectError && error.code === "interrupted") return { images: [], notes };
    throw error;
  } finally {
    if (told) process.stderr.write("\r\x1b[K");
    interruption.end();
  }
}

function answer(image: BaseImage, how: InspectHow): Note {
  return {
    level: "note",
    text: `${image.reference} says: ${describeBriefly(image)}`,
    hint: `deroot explain ${image.reference} --inspect ${how} --keep keeps that for later runs.`,
  };
}
