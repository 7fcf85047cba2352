import { listens, writesDirectory, writesFile, type Language } from "./meanings.ts";

export const GO: Language = {
  extensions: ["go"],
  triggers:
    /ListenAndServe|net\.Listen|\.Listen\s*\(|\.Run\s*\(|\.Start\s*\(|Addr:|os\.(?:Create|OpenFile|Mkdir|WriteFile)|ioutil\.(?:WriteFile|Temp)|sqlite|bolt\.Open|lumberjack|SaveUploadedFile|leveldb|badger/,
  calls: [
    listens("net/http", [0], /\.ListenAndServe(?:TLS)?$/, "ListenAndServe", "ListenAndServeTLS"),
    listens("net", [1], /^(?:net|tls|reuseport)\.Listen$/, "Listen"),
    listens("fiber", [0], /^(?!net\.|tls\.)\w+\.(?:Listen|ListenTLS)$/, "Listen", "ListenTLS"),
    listens("gin", [0], /^\w+\.Run(?:TLS)?$/, "Run", "RunTLS"),
    listens("echo", [0], /^\w+\.Start(?:TLS)?$/, "Start", "StartTLS"),
    listens("net/http", ["Addr"], /(?:^|\.)Server$/, "Server"),
    { ...writesFile(0, "Create", "WriteFile"), callee: /^(?:os|ioutil)\./ },
    {
      ...writesFile(0, "OpenFile"),
      callee: /^os\./,
      when: { at: [1], like: /O_(?:CREATE|WRONLY|RDWR|APPEND|TRUNC)/, absent: false },
    },
    { ...writesDirectory(0, "Mkdir", "MkdirAll"), callee: /^os\./ },
    // An empty directory stands for os.TempDir().
    { ...writesDirectory(0, "CreateTemp", "MkdirTemp"), callee: /^os\./, empty: "/tmp" },
    { ...writesDirectory(0, "TempFile", "TempDir"), callee: /^ioutil\./, empty: "/tmp" },
    { ...writesFile(1, "Open"), callee: /^sqlx?\.Open$/, when: { at: [0], like: /sqlite/, absent: false } },
    { ...writesFile(0, "Open"), callee: /^(?:sqlite|bolt|bbolt|bolthold)\.Open$/ },
    writesFile(["Filename"], "Logger"),
    { ...writesFile(1, "SaveUploadedFile", "SaveFile"), callee: /\./ },
    { ...writesDirectory(0, "OpenFile"), callee: /^leveldb\./ },
    { ...writesDirectory(0, "DefaultOptions"), callee: /^badger\./ },
  ],
};
