import { relative, resolve } from "node:path";
import { FileSink, WriteError } from "../../report/write.ts";
import { exportDecisions, formatDecisions, type ReviewSession } from "../../review/index.ts";
import { CliError } from "./errors.ts";

/** Keeps what was decided in a file that `--decisions` reads. */
export async function saveDecisions(review: ReviewSession, file: string): Promise<void> {
  const text = formatDecisions(await exportDecisions(review));
  try {
    const sink = new FileSink(file);
    sink.write(text);
    sink.commit();
  } catch (error) {
    if (error instanceof WriteError) throw new CliError(`${file}: ${error.message}`, error.hint);
    throw error;
  }
  process.stderr.write(`Decisions kept in ${relative(process.cwd(), resolve(file)) || file}.\n`);
}
