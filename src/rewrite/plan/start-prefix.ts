import type { ImageModel, Start } from "../../analysis/index.ts";
import type { Edit } from "../types.ts";

/** What puts a program before everything that the image starts. */
export interface StartPrefix {
  /** In the ENTRYPOINT that is there. */
  readonly edits: readonly Edit[];
  /** Instructions to be added to the target stage. */
  readonly lines: readonly string[];
}

/**
 * Puts `words` before the command line that the image starts with, whatever its form. Null where that is not known:
 * an ENTRYPOINT in the file hides the one of the base, so that one must be known to be repeated.
 */
export function prefixStart(model: ImageModel, path: string, words: readonly string[]): StartPrefix | null {
  const { entrypoint, cmd } = model.final;
  const own = entrypoint?.instruction;
  if (own && own.stage === model.target.index)
    return { edits: inPlace(model, path, entrypoint, words), lines: [] };
  if (!own && (model.base.image === null || model.base.inferred)) return null;
  const lines = [`ENTRYPOINT ${json([...words, ...(entrypoint ? argv(model, entrypoint) : [])])}`];
  // A new ENTRYPOINT resets the CMD that comes from elsewhere.
  if (cmd && cmd.instruction?.stage !== model.target.index) lines.push(`CMD ${json(argv(model, cmd))}`);
  return { edits: [], lines };
}

function inPlace(model: ImageModel, path: string, start: Start, words: readonly string[]): Edit[] {
  const { json: elements, body, end } = start.instruction!;
  const { text } = model.dockerfile;
  const before = words.map((word) => `${JSON.stringify(word)}, `).join("");
  const first = elements?.[0];
  if (first) return [{ path, start: first.start, end: first.start, text: before }];
  const from = body.toSource(body.text.length - body.text.trimStart().length);
  const shown = text.slice(from, end);
  // Where nothing has to be escaped, other changes can still be made inside.
  if (elements === null && !/["\\\n]/.test(shown)) {
    const shell = model.final.shell.map((word) => `${JSON.stringify(word)}, `).join("");
    return [
      { path, start: from, end: from, text: `[${before}${shell}"` },
      { path, start: from + shown.trimEnd().length, end: from + shown.trimEnd().length, text: '"]' },
    ];
  }
  return [{ path, start: from, end, text: json([...words, ...argv(model, start)]) }];
}

/** The words that the image is configured with: the shell form is an argument of the shell. */
function argv(model: ImageModel, { instruction, argv: words }: Start): readonly string[] {
  if (!instruction || instruction.json) return words;
  return [...model.final.shell, instruction.body.text.trim()];
}

function json(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(", ")}]`;
}
