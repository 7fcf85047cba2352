/** Whether what a repository keeps has the form of a profile. Loaded only where one is kept. */
import { Ajv } from "ajv";
import schema from "../../schema/profile.schema.json" with { type: "json" };

const fits = new Ajv({ formats: { regex: isTame } }).compile(schema);

/** What is wrong first, in words; null when nothing is. */
export function formProblem(value: unknown): string | null {
  if (fits(value)) return null;
  const [error] = fits.errors ?? [];
  const where = error!.instancePath.slice(1).replaceAll("/", ".");
  if (error!.keyword === "format")
    return `"${where}" is no regular expression, or one that could take long: nothing that repeats may stand in a group that does`;
  const extra = (error!.params as { additionalProperty?: string }).additionalProperty;
  const what = extra === undefined ? error!.message! : `must not have "${extra}"`;
  return `${where === "" ? "a profile" : `"${where}"`} ${what}`;
}

/**
 * A regular expression that takes no more than a moment on a name or a tag, however it is meant: the repository may be
 * somebody else's.
 */
export function isTame(pattern: string): boolean {
  if (pattern.length > LONGEST) return false;
  try {
    new RegExp(pattern);
  } catch {
    return false;
  }
  const plain = pattern
    .replace(/\\[1-9k]/g, "\0")
    .replace(/\\./g, "x")
    .replace(/\[[^\]]*\]/g, "x");
  const repeats = plain.match(/[*+]|\{\d+,\d*\}|\{\d{2,}\}/g) ?? [];
  return !plain.includes("\0") && repeats.length <= MOST_REPEATS && !/\)(?:[*+]|\{)/.test(plain);
}

const LONGEST = 400;
/** What each adds is a factor as long as the text, which is a name or a tag. */
const MOST_REPEATS = 3;
