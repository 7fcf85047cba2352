/** What was read from an image itself. */
export interface Inspection {
  /** As asked for, e.g. `registry.corp.example/team/base:1`. */
  readonly reference: string;
  readonly through: "engine" | "registry";
  /** Digest of the manifest, or where an engine knows none, of the configuration. */
  readonly digest: string;
  readonly config: ImageConfig;
  readonly contents: ImageContents;
}

/** The part of an image's configuration that matters here. */
export interface ImageConfig {
  readonly os: string;
  readonly user: string;
  /** TCP only. */
  readonly ports: readonly number[];
  readonly entrypoint: readonly string[] | null;
  readonly cmd: readonly string[] | null;
  readonly env: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  readonly workdir: string | null;
}

/** What the files of an image tell. */
export interface ImageContents {
  /** Texts of the files; null: there is no such file. */
  readonly passwd: string | null;
  readonly group: string | null;
  readonly osRelease: string | null;
  /** The script that ENTRYPOINT names. */
  readonly entrypoint: string | null;
  /** Names of programs -> where they are and what they are. What was looked for and is not there is null. */
  readonly programs: Readonly<Record<string, Program | null>>;
  /** False: reading stopped once it was known what is needed; what was not seen by then may still be there. */
  readonly complete: boolean;
}

export interface Program {
  /** Where it is found on PATH. */
  readonly path: string;
  /** The file itself, links followed. */
  readonly file: string;
  /** Its first bytes say that it is a script for this interpreter. */
  readonly interpreter: string | null;
}
