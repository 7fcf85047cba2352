import { listens, writesDirectory, writesFile, type Language } from "./meanings.ts";

const WRITE_MODE = { like: /["'][rbt]*[wax+]/, absent: false };

export const PYTHON: Language = {
  extensions: ["py"],
  triggers:
    /\bopen\s*\(|makedirs|mkdir|FileHandler|basicConfig|sqlite|\.run\s*\(|run_app|serve\s*\(|make_server|HTTPServer|TCPServer|WSGIServer|\.bind\s*\(|\.listen\s*\(|write_text|write_bytes|\.touch\s*\(|UPLOAD|MEDIA_ROOT|STATIC_ROOT|savefig|to_csv|shutil|\.save\s*\(|loguru/,
  calls: [
    listens(
      "python",
      ["port"],
      /(?:^|\.)(?:run|run_simple|run_app|run_server|serve|serve_forever|launch|start_server)$/,
      "run",
      "run_app",
      "run_server",
      "serve",
      "start_server",
    ),
    listens("werkzeug", [1, "port"], /run_simple$/, "run_simple"),
    listens("wsgiref", [1], /make_server$/, "make_server"),
    listens(
      "python",
      [0],
      /Server$/,
      "HTTPServer",
      "ThreadingHTTPServer",
      "TCPServer",
      "ThreadingTCPServer",
      "WSGIServer",
      "UDPServer",
    ),
    // A query binds values by the same name.
    {
      ...listens("socket", [0], /\.bind$/, "bind"),
      when: { at: [0], like: /^\(|addr|^[A-Z_]+$/i, absent: false },
    },
    listens("tornado", [0, "port"], /(?:app|application|server|http_server)\.listen$/i, "listen"),
    {
      ...writesFile([0, "file"], "open"),
      callee: /^(?:(?:io|codecs|aiofiles|anyio|gzip|bz2|lzma)\.)?(?:open|open_file)$/,
      when: { at: [1, "mode"], ...WRITE_MODE },
    },
    { ...writesFile("receiver", "open"), callee: /\./, when: { at: [0, "mode"], ...WRITE_MODE } },
    writesFile("receiver", "write_text", "write_bytes"),
    { ...writesFile("receiver", "touch"), callee: /\./ },
    writesDirectory([0, "name"], "makedirs"),
    { ...writesDirectory(0, "mkdir"), callee: /^(?:os\.)?mkdir$/ },
    { ...writesDirectory("receiver", "mkdir"), callee: /^(?!os\.).*\.mkdir$/ },
    writesFile(
      [0, "filename"],
      "FileHandler",
      "RotatingFileHandler",
      "TimedRotatingFileHandler",
      "WatchedFileHandler",
    ),
    writesFile(["filename"], "basicConfig"),
    { ...writesFile([0], "add"), callee: /^(?:loguru\.)?logger\.add$/ },
    { ...writesFile([0, "database"], "connect"), callee: /sqlite\w*\.connect$/i },
    writesFile([0, "path"], "to_csv", "to_json", "to_parquet", "to_pickle", "to_excel", "savefig", "imwrite"),
    { ...writesFile([1, "dst"], "copy", "copy2", "copyfile", "move", "copytree"), callee: /^shutil\./ },
    { ...writesFile(0, "save"), callee: /(?:file|upload|image|img|photo)\w*\.save$/i },
    { ...writesFile(0, "ZipFile"), when: { at: [1, "mode"], ...WRITE_MODE } },
    { ...writesFile([1, "filename"], "dump"), callee: /^joblib\.dump$/ },
    { ...writesFile([1, "f"], "save"), callee: /^torch\.save$/ },
    writesDirectory(["persist_directory"], "Chroma"),
    { ...writesDirectory([0, "path"], "PersistentClient"), callee: /chroma/i },
  ],
  pairs: [
    { key: "filename", beside: "class", like: /FileHandler/, writes: "file" },
    { key: "NAME", beside: "ENGINE", like: /sqlite3/, writes: "file" },
    { key: "LOCATION", beside: "BACKEND", like: /FileBasedCache/, writes: "directory" },
  ],
  assignments: [
    {
      name: /^(?:UPLOAD|UPLOADS|UPLOADED)_?(?:FOLDER|DIR|DIRECTORY|PATH)$|^MEDIA_ROOT$/i,
      writes: "directory",
    },
    { name: /^SESSION_FILE_DIR$|^CACHE_DIR$|^LOGS?_DIR$/i, writes: "directory" },
  ],
};
