import { listens, writesDirectory, writesFile, type Language } from "./meanings.ts";

export const RUBY: Language = {
  extensions: ["rb", "ru"],
  triggers:
    /File\.|FileUtils|Dir\.mkdir|Logger\.new|SQLite3|set\s*\(?\s*:port|TCPServer|WEBrick|Rack::Handler|\bport\b/,
  calls: [
    {
      names: ["set"],
      listens: true,
      at: [1],
      when: { at: [0], like: /^:port$/, absent: false },
      kind: "sinatra",
    },
    listens("ruby", ["Port", "port", 1], /(?:HTTPServer|TCPServer)\.new$/, "new"),
    listens("ruby", ["Port", "port"], /\.run!?$/, "run", "run!"),
    listens("puma", [0], /^port$/, "port"),
    {
      ...writesFile(0, "open", "new"),
      callee: /^(?:::)?File\.(?:open|new)$/,
      when: { at: [1, "mode"], like: /["'][rbt]*[wa+]/, absent: false },
    },
    { ...writesFile(0, "write", "binwrite"), callee: /^(?:File|IO)\./ },
    { ...writesDirectory(0, "mkdir_p", "mkdir", "makedirs"), callee: /^(?:FileUtils|Dir)\./ },
    { ...writesFile(0, "touch"), callee: /^FileUtils\./ },
    { ...writesFile(1, "cp", "mv"), callee: /^FileUtils\./ },
    { ...writesFile(0, "new"), callee: /(?:^|::)Logger\.new$|SQLite3::Database\.new$/ },
  ],
};
