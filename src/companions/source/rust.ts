import { listens, writesDirectory, writesFile, type Language } from "./meanings.ts";

export const RUST: Language = {
  extensions: ["rs"],
  triggers:
    /\bbind|\.run\s*\(|\.listen\s*\(|File::|fs::|create_dir|OpenOptions|Connection::open|sled::|rolling|RollingFileAppender|log_file|sqlite|temp_dir|tempfile|tempdir/,
  calls: [
    listens("tcp", [0], /(?:^|::)(?:TcpListener|Server)::bind$/, "bind"),
    {
      // sqlx binds the values of a query by the same name.
      ...listens("actix", [0], /\.bind\w*$/, "bind", "bind_openssl", "bind_rustls", "bind_auto_h2c"),
      when: { at: [0], like: /^\(|^&?"[^"]*:|addr|^&?format!/i, absent: false },
    },
    { ...listens("warp", [0], /\.run$/, "run"), when: { at: [0], like: /^\(|addr/i, absent: false } },
    listens("tide", [0], /\.listen$/, "listen"),
    { ...writesFile(0, "create", "create_new"), callee: /(?:^|::)File::/ },
    { ...writesFile(0, "write"), callee: /(?:^|::)fs::write$/ },
    { ...writesFile(1, "copy", "rename"), callee: /(?:^|::)fs::/ },
    writesDirectory(0, "create_dir", "create_dir_all"),
    {
      ...writesFile(0, "open"),
      when: {
        at: ["receiver"],
        like: /(?:OpenOptions::|File::options)[^]*\.(?:write|append|create)/,
        absent: false,
      },
    },
    { ...writesFile(0, "open"), callee: /(?:^|::)Connection::open$/ },
    { ...writesFile(0, "filename"), when: { at: ["receiver"], like: /SqliteConnectOptions/, absent: false } },
    { ...writesDirectory(0, "open"), callee: /(?:^|::)sled::open$/ },
    { ...writesDirectory(0, "open_default"), callee: /(?:^|::)DB::/ },
    { ...writesDirectory(0, "daily", "hourly", "minutely", "never"), callee: /(?:^|::)rolling::/ },
    { ...writesDirectory(1, "new"), callee: /(?:^|::)RollingFileAppender::new$/ },
    { ...writesFile(0, "log_file"), callee: /^fern::/ },
    {
      ...writesDirectory([], "tempdir", "tempfile"),
      callee: /^(?:tempfile::)?temp(?:dir|file)$/,
      empty: "/tmp",
    },
    { ...writesDirectory([], "new"), callee: /(?:^|::)(?:TempDir|NamedTempFile)::new$/, empty: "/tmp" },
  ],
  tests: { kind: "mod_item", like: /^(?:pub )?mod tests?\b/ },
};
