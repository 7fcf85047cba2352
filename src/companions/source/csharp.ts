import { listens, writesDirectory, writesFile, type Language } from "./meanings.ts";

export const CSHARP: Language = {
  extensions: ["cs"],
  triggers:
    /File\.(?:Write|Append|Create|Open)|CreateDirectory|StreamWriter|FileStream|UseUrls|Listen(?:AnyIP|Localhost)?\s*\(|Data Source|WriteTo|\.Run\s*\(|Prefixes/,
  calls: [
    listens("kestrel", [0], /\.(?:ListenAnyIP|ListenLocalhost)$/, "ListenAnyIP", "ListenLocalhost"),
    listens("kestrel", [1], /\.Listen$/, "Listen"),
    listens("kestrel", [0], /\.UseUrls$/, "UseUrls"),
    listens("kestrel", [0], /^app\.Run(?:Async)?$/, "Run", "RunAsync"),
    listens("httplistener", [0], /\.Prefixes\.Add$/, "Add"),
    {
      ...writesFile(
        0,
        "WriteAllText",
        "WriteAllTextAsync",
        "WriteAllBytes",
        "WriteAllBytesAsync",
        "WriteAllLines",
        "WriteAllLinesAsync",
        "AppendAllText",
        "AppendAllTextAsync",
        "AppendAllLines",
        "Create",
        "CreateText",
        "AppendText",
        "OpenWrite",
      ),
      callee: /(?:^|\.)File\./,
    },
    { ...writesDirectory(0, "CreateDirectory"), callee: /Directory\./ },
    writesFile(0, "StreamWriter"),
    { ...writesFile(0, "FileStream"), when: { at: [1], like: /Create|Append/, absent: false } },
    { ...writesFile([0, "path"], "File"), callee: /WriteTo\.File$/ },
    { ...writesFile(1, "Copy", "Move"), callee: /(?:^|\.)File\./ },
  ],
};
