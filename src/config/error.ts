/** A configuration that cannot be used. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly file: string;
  readonly hint: string;
  constructor(file: string, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.file = file;
    this.hint = hint;
  }
}
