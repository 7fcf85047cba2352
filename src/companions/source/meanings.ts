/** What a call, a pair or an assignment of a language means: tables, so that a language is data. */
export interface Language {
  readonly extensions: readonly string[];
  /** What a file must contain to be worth parsing. */
  readonly triggers: RegExp;
  readonly calls: readonly CallMeaning[];
  readonly pairs?: readonly PairMeaning[];
  readonly assignments?: readonly AssignmentMeaning[];
  readonly settings?: readonly SettingMeaning[];
  /** Names that are given the user to run as, by assignment or by call. */
  readonly users?: RegExp;
  /** Parts of a file that are tests: nodes of this kind, whose text begins so. */
  readonly tests?: { readonly kind: string; readonly like: RegExp };
}

/** An argument by place or by name; `receiver` is the object of a method. */
export type Place = number | string;

export interface CallMeaning {
  /** Last name of the callee. */
  readonly names: readonly string[];
  /** The callee as written, where the name alone is not enough. */
  readonly callee?: RegExp;
  readonly writes?: "file" | "directory";
  readonly listens?: true;
  /** The first of these that is there; none where the call takes no argument. */
  readonly at: readonly Place[];
  /** What an empty argument, or none, stands for. */
  readonly empty?: string;
  /** Only where this argument, as written, matches; `absent` says what its absence means. */
  readonly when?: { readonly at: readonly Place[]; readonly like: RegExp; readonly absent: boolean };
  /** Server or library, for a person. */
  readonly kind?: string;
}

/** `{class: "…FileHandler", filename: "x.log"}`. */
export interface PairMeaning {
  readonly key: string;
  readonly beside: string;
  readonly like: RegExp;
  readonly writes: "file" | "directory";
}

export interface AssignmentMeaning {
  readonly name: RegExp;
  readonly writes: "file" | "directory";
}

/** What a server listens on, in a program that is its configuration: `bind = …`, `{ preview: { port: … } }`. */
export interface SettingMeaning {
  /** Keys from the outermost object inwards; one alone is a variable of the file. */
  readonly path: readonly string[];
  readonly kind: ServerKind;
}

/** Servers that are configured by a program. */
export type ServerKind =
  "vite" | "vite preview" | "webpack-dev-server" | "vue-cli" | "astro" | "nuxt" | "gunicorn";

export function writesFile(at: Place | readonly Place[], ...names: string[]): CallMeaning {
  return { names, writes: "file", at: typeof at === "object" ? at : [at] };
}

export function writesDirectory(at: Place | readonly Place[], ...names: string[]): CallMeaning {
  return { names, writes: "directory", at: typeof at === "object" ? at : [at] };
}

export function listens(kind: string, at: readonly Place[], callee: RegExp, ...names: string[]): CallMeaning {
  return { names, listens: true, at, callee, kind };
}
