/** Why an image could not be asked: one line, and what to do about it. */
export class InspectError extends Error {
  override readonly name = "InspectError";
  readonly code: InspectCode;
  readonly hint: string | null;

  constructor(code: InspectCode, message: string, hint: string | null = null, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}

export type InspectCode =
  /** The engine or a credential helper is not there. */
  | "missing"
  /** There is no such image, or none for the platform. */
  | "not-found"
  | "denied"
  | "no-answer"
  /** What came is not what an image is made of, or not what its digest says. */
  | "broken"
  | "too-large"
  | "refused"
  | "interrupted"
  | "failed";
