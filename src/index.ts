/** deroot as a library: `import { rewrite } from "deroot"`. */
export { rewrite } from "./rewrite/index.ts";
export type {
  Account,
  Advice,
  Applicability,
  Change,
  Edit,
  Evidence,
  FileChange,
  Pass,
  PassContext,
  Reason,
  RewriteOptions,
  RewriteResult,
  Status,
} from "./rewrite/index.ts";
export type { FileTree, FileMode, TreeEntry } from "./file-tree.ts";
export type { Profile } from "./images/index.ts";
export { TreeError } from "./file-tree.ts";
export { diskTree } from "./file-tree/disk.ts";
export { memoryTree } from "./file-tree/memory.ts";
