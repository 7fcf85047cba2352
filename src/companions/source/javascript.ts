import { listens, writesDirectory, writesFile, type Language } from "./meanings.ts";

export const JAVASCRIPT: Language = {
  extensions: ["js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx"],
  triggers:
    /\.listen\s*\(|[wW]rite(?:File|Stream|Json)|appendFile|mkdir|ensureDir|outputFile|outputJson|multer|transports|DailyRotate|sqlite|copyFile|\bserve\s*\(|\.open(?:Sync)?\s*\(|['"]port['"]|NeDB|JSONFile|FileSync|uploadDir|WebSocketServer/,
  calls: [
    listens("node", [0, "port"], /\.listen$/, "listen"),
    listens("node", ["port"], /^(?:Bun|Deno)?\.?serve$/, "serve"),
    listens("ws", ["port"], /WebSocketServer$|WebSocket\.Server$|^ws\.Server$/, "WebSocketServer", "Server"),
    {
      names: ["set"],
      callee: /\b(?:app|server)\.set$/,
      listens: true,
      at: [1],
      when: { at: [0], like: /^["'`]port["'`]$/, absent: false },
      kind: "express",
    },
    writesFile(0, "writeFile", "writeFileSync", "appendFile", "appendFileSync", "createWriteStream"),
    writesFile(0, "outputFile", "outputFileSync", "outputJson", "outputJsonSync", "outputJSON", "writeJson"),
    writesFile(0, "writeJsonSync", "writeJSON", "JSONFile", "JSONFileSync", "FileSync"),
    writesFile(1, "copyFile", "copyFileSync"),
    { ...writesFile(1, "rename", "renameSync"), callee: /\bfs\w*\.|^rename/ },
    {
      ...writesFile(0, "open", "openSync"),
      callee: /\bfs\w*\./,
      when: { at: [1], like: /["'](?:w|a|r\+)/, absent: false },
    },
    writesDirectory(0, "mkdir", "mkdirSync", "mkdirp", "mkdirpSync", "ensureDir", "ensureDirSync"),
    writesDirectory(["dest"], "multer"),
    writesDirectory(["destination"], "diskStorage"),
    writesDirectory(["uploadDir"], "formidable", "IncomingForm", "Formidable"),
    {
      ...writesFile(["filename"], "File", "DailyRotateFile"),
      callee: /transports\.|DailyRotateFile$|^File$/,
    },
    { ...writesDirectory(["dirname"], "File", "DailyRotateFile"), callee: /transports\.|DailyRotateFile$/ },
    { ...writesFile([0], "Database", "BetterSqlite3", "DatabaseSync"), callee: /sqlite|Database/i },
    writesFile(["filename"], "NeDB", "Datastore"),
    { ...writesFile(["storage"], "Sequelize"), when: { at: ["dialect"], like: /sqlite/, absent: false } },
    {
      ...writesFile(["database"], "DataSource", "createConnection"),
      when: { at: ["type"], like: /sqlite/, absent: false },
    },
    { ...writesDirectory(["path"], "FileStore"), callee: /FileStore$/ },
    { ...writesFile([0], "destination"), callee: /^pino\./ },
  ],
};
