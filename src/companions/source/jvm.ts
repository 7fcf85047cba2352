import { listens, writesDirectory, writesFile, type Language } from "./meanings.ts";

export const JVM: Language = {
  extensions: ["java", "kt", "kts"],
  triggers:
    /FileWriter|FileOutputStream|RandomAccessFile|PrintWriter|FileHandler|Files\.|mkdirs?\s*\(|createNewFile|writeText|appendText|transferTo|ServerSocket|InetSocketAddress|embeddedServer|Javalin|\.port\s*\(|\.listen\s*\(/,
  calls: [
    listens("java", [0], /ServerSocket$/, "ServerSocket"),
    listens("java", [0], /HttpServer\.create$/, "create"),
    listens("ktor", ["port"], /^embeddedServer$/, "embeddedServer"),
    listens("spark", [0], /^(?:Spark\.)?port$/, "port"),
    listens("vertx", [0], /\.listen$/, "listen"),
    listens("javalin", [0], /(?:app|javalin|\(\))\.start$/i, "start"),
    listens("jetty", [0], /^Server$/, "Server"),
    { ...writesFile(0, "FileWriter", "FileOutputStream", "FileHandler") },
    { ...writesFile(0, "PrintWriter") },
    { ...writesFile(0, "RandomAccessFile"), when: { at: [1], like: /rw/, absent: false } },
    {
      ...writesFile(0, "write", "writeString", "newBufferedWriter", "newOutputStream", "createFile"),
      callee: /^Files\./,
    },
    { ...writesDirectory(0, "createDirectory", "createDirectories"), callee: /^Files\./ },
    { ...writesFile(1, "copy", "move"), callee: /^Files\./ },
    writesDirectory("receiver", "mkdirs", "mkdir"),
    writesFile("receiver", "createNewFile", "writeText", "appendText", "writeBytes"),
    { ...writesFile(0, "transferTo") },
  ],
};
