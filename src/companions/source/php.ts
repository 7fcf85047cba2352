import { listens, writesDirectory, writesFile, type Language } from "./meanings.ts";

export const PHP: Language = {
  extensions: ["php"],
  triggers:
    /file_put_contents|fopen\s*\(|mkdir|move_uploaded_file|StreamHandler|RotatingFileHandler|SQLite3|sqlite:|Swoole|Workerman|Worker\s*\(|error_log/,
  calls: [
    listens("swoole", [1], /Server$/, "Server"),
    listens("workerman", [0], /Worker$/, "Worker"),
    writesFile(0, "file_put_contents", "touch"),
    { ...writesFile(0, "fopen"), when: { at: [1], like: /["'][rbt]*[waxc+]/, absent: false } },
    writesFile(1, "move_uploaded_file", "copy", "rename"),
    { ...writesFile(2, "error_log"), when: { at: [1], like: /^3$/, absent: false } },
    writesDirectory(0, "mkdir"),
    writesFile(0, "StreamHandler", "RotatingFileHandler", "SQLite3"),
  ],
};
