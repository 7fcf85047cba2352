/** What ends a campaign, besides the forge. */
export class OrgError extends Error {
  override readonly name = "OrgError";
  /** What a person can do. */
  readonly hint: string;
  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}
