/**
 * Where files come from. Everything in deroot reads through this, so that the same code serves a folder on
 * disk, a map in memory and a commit read over a forge's API.
 */
export interface FileTree {
  /** Every file below the root, sorted by path. Directories are not listed. */
  list(): Promise<readonly TreeEntry[]>;
  /** The file's bytes. Rejects with a {@link TreeError} when it cannot be read. */
  read(path: string): Promise<Uint8Array>;
}

export interface TreeEntry {
  /** Relative to the root, with `/` between names and no leading `./`. */
  readonly path: string;
  readonly mode: FileMode;
  /** In bytes, where the tree knows it without reading. */
  readonly size?: number;
}

export type FileMode = "file" | "executable" | "symlink";

export class TreeError extends Error {
  override readonly name = "TreeError";
  readonly path: string;
  constructor(path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.path = path;
  }
}
