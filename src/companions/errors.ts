/** A companion file that is not what its name says. It is left alone and named. */
export class CompanionError extends Error {
  override readonly name = "CompanionError";
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  constructor(path: string, line: number, message: string, options?: ErrorOptions) {
    super(`${path}:${line}: ${message}`, options);
    this.path = path;
    this.line = line;
  }
}
