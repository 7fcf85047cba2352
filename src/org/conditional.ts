/** Answers that a forge need not send again: with `If-None-Match` they cost nothing of its limit. */
export interface Conditional {
  get(route: string, parameters: Readonly<Record<string, unknown>>): Promise<Kept | null>;
  put(route: string, parameters: Readonly<Record<string, unknown>>, kept: Kept): Promise<void>;
}

export interface Kept {
  readonly etag: string;
  readonly data: unknown;
}
