import { list, type Arguments } from "../arguments.ts";
import type { Draft, HowMade } from "../draft.ts";
import { joinPath, parentOf } from "../paths.ts";
import { table } from "../spec.ts";
import type { ShellWord } from "../types.ts";

/** `app`, `app:app`, `:app`, `app.app`, `app:` (the login group of the user). */
function ownerOf(text: string): { user: string | null; group: string | null } {
  const at = text.includes(":") ? text.indexOf(":") : text.indexOf(".");
  if (at < 0) return { user: text, group: null };
  const user = text.slice(0, at) || null;
  return { user, group: text.slice(at + 1) || user };
}

function chown(args: Arguments, draft: Draft): void {
  const recursive = args.has("-R", "--recursive");
  const reference = args.has("--reference");
  const files = args.operands.slice(reference ? 0 : 1);
  const owner = args.operands[0]?.value;
  if (reference || typeof owner !== "string") return;
  const { user, group } = ownerOf(owner);
  for (const file of files) draft.own(file, user, group, recursive);
}

function chgrp(args: Arguments, draft: Draft): void {
  const group = args.operands[0]?.value;
  if (typeof group !== "string") return;
  for (const file of args.operands.slice(1)) draft.own(file, null, group, args.has("-R", "--recursive"));
}

const MODE_OPTION = /^-[rwxXst]+$/;

function chmod(args: Arguments, draft: Draft, command: { argv: readonly ShellWord[] }): void {
  const recursive = args.has("-R", "--recursive");
  if (args.has("--reference")) {
    for (const file of args.operands) draft.mode(file, null, recursive);
    return;
  }
  // `chmod -x file`: the mode looks like an option.
  const dashed = command.argv.find((word) => MODE_OPTION.test(word.value ?? ""));
  const mode = dashed?.value ?? args.operands[0]?.value ?? null;
  for (const file of args.operands.slice(dashed === undefined ? 1 : 0)) draft.mode(file, mode, recursive);
}

function mkdir(args: Arguments, draft: Draft): void {
  const mode = args.value("-m", "--mode");
  const parents = args.has("-p", "--parents");
  for (const word of args.operands) {
    draft.use(word, "make", false, { made: "plain", ...(parents && { parents }) });
    if (mode !== null) draft.mode(word, mode, false);
  }
}

function install(args: Arguments, draft: Draft): void {
  const user = args.value("-o", "--owner");
  const group = args.value("-g", "--group");
  const mode = args.value("-m", "--mode") ?? (args.has("-m", "--mode") ? null : "755");
  const directories = args.has("-d", "--directory");
  const parents = args.has("-D");
  const made = directories
    ? args.operands
    : copied(args, draft, { made: "copied", ...(parents && { parents }) });
  for (const word of made) {
    if (typeof word !== "string" && directories)
      draft.use(word, "make", false, { made: "copied", parents: true });
    if (user !== null || group !== null) draft.own(word, user, group, false);
    if (mode !== null) draft.mode(word, mode, false);
  }
  if (user !== null || group !== null) draft.needsRoot("gives files to another user");
}

/** Directories that every image has: what is copied to one goes below it. */
const DIRECTORIES = list(`
  / /tmp /var/tmp /root /home /opt /srv /etc /bin /sbin /lib /usr/bin /usr/sbin /usr/lib /usr/share /usr/local
  /usr/local/bin /usr/local/lib /usr/local/sbin /usr/local/share /usr/local/etc /usr/local/include /var/lib
  /var/log /var/www /var/www/html /etc/nginx /etc/nginx/conf.d /etc/ssl/certs /etc/apt/sources.list.d
`);

/** Reads the sources of `cp`, `mv` and their like; writes what they become, and returns that. */
function copied(args: Arguments, draft: Draft, how: HowMade): (ShellWord | string)[] {
  const into = args.word("-t", "--target-directory");
  const sources = into === null ? args.operands.slice(0, -1) : args.operands;
  const target = into ?? args.operands.at(-1);
  for (const source of sources) draft.use(source, "read");
  if (target === undefined || sources.length === 0) return [];
  const recursive = args.has("-r", "-R", "-a", "--recursive", "--archive");
  const from = (source: ShellWord): HowMade => {
    const found = draft.path(source);
    return { ...how, from: found?.exact === true ? found.path.replace(/\/\.$/, "") : null };
  };
  const { value } = target;
  const directory =
    into !== null ||
    sources.length > 1 ||
    (value !== null && (/(?:^|\/)\.{0,2}$/.test(value) || DIRECTORIES.has(value)));
  if (args.has("--parents")) {
    draft.use(target, "fill", false, { ...how, from: null });
    return [];
  }
  if (!directory) {
    draft.use(target, "create", recursive, from(sources[0]!));
    return [target];
  }
  const made: string[] = [];
  for (const source of sources) {
    const name = source.value === null ? null : baseName(source.value);
    if (name === null || value === null) draft.use(target, "fill", false, from(source));
    else {
      const path = draft.resolve(`${value}/${name}`);
      draft.write(path, "create", recursive, from(source));
      made.push(path);
    }
  }
  return made;
}

/** The name that a copy of a path has; null for `.`, which has none. */
function baseName(path: string): string | null {
  const name = path.replace(/\/+$/, "");
  const last = name.slice(name.lastIndexOf("/") + 1);
  return /^\.{0,2}$/.test(last) ? null : last;
}

function copy(args: Arguments, draft: Draft): void {
  const keeps = args.has("-a", "-p", "--archive", "--preserve");
  copied(args, draft, { made: keeps ? "kept" : "copied" });
}

function move(args: Arguments, draft: Draft): void {
  copied(args, draft, { made: "kept" });
  const sources = args.has("-t", "--target-directory") ? args.operands : args.operands.slice(0, -1);
  for (const source of sources) draft.use(source, "delete", true);
}

function link(args: Arguments, draft: Draft): void {
  const into = args.word("-t", "--target-directory");
  const target = into ?? args.operands.at(-1);
  if (target === undefined) return;
  if (into === null && args.operands.length === 1) {
    // `ln -s /a/b`: makes `b` here.
    const name = target.value?.slice(target.value.lastIndexOf("/") + 1);
    draft.write(draft.resolve(name ?? "."), name === undefined ? "fill" : "create");
  } else {
    const directory = into !== null || args.operands.length > 2 || /\/$|^\.$/.test(target.value ?? "");
    const symbolic = args.has("-s", "--symbolic");
    const named = args.operands.length === 2 ? draft.path(args.operands[0]!) : null;
    const from = !symbolic && named?.exact === true ? named.path : null;
    draft.use(target, directory ? "fill" : "create", false, symbolic ? {} : { made: "linked", from });
    const source = args.operands[0]?.value;
    if (symbolic && typeof source === "string" && source !== "" && target.value) {
      const made = draft.resolve(target.value);
      // A directory that is there gets a link in it: `ln -s /data/cache /app/`.
      const name = directory || DIRECTORIES.has(made) ? `/${baseName(source) ?? ""}` : "";
      if (into === null && args.operands.length === 2 && !name.endsWith("/")) draft.link(made + name, source);
    }
  }
}

function remove(args: Arguments, draft: Draft): void {
  const recursive = args.has("-r", "-R", "--recursive");
  for (const word of args.operands) draft.use(word, "delete", recursive);
}

function dd(args: Arguments, draft: Draft): void {
  for (const word of args.operands) {
    const match = /^(if|of)=(.*)$/.exec(word.value ?? "");
    if (match === null) continue;
    if (match[1] === "if") draft.reads.push(draft.resolve(match[2]!));
    else draft.write(draft.resolve(match[2]!), "create");
  }
}

/** sed and perl change files only with `-i`. */
function inPlace(args: Arguments, draft: Draft): void {
  const scripted = args.has("-e", "-f", "--expression", "--file", "-E-script");
  const files = args.operands.slice(scripted ? 0 : 1);
  const edits = args.options.some((option) => option.name === "-i" || option.name.startsWith("--in-place"));
  for (const word of files) draft.use(word, edits ? "modify" : "read");
}

function tar(args: Arguments, draft: Draft, command: { argv: readonly ShellWord[] }): void {
  // `tar xzf file`: the first word is a cluster of options without its dash.
  const first = command.argv[1]?.value ?? "";
  const bundled = /^[a-zA-Z]+$/.test(first) ? first : "";
  const operands = bundled === "" ? [...args.operands] : args.operands.slice(1);
  const archive = args.word("-f", "--file") ?? (bundled.includes("f") ? (operands.shift() ?? null) : null);
  const into = args.word("-C", "--directory") ?? (bundled.includes("C") ? (operands.shift() ?? null) : null);
  const has = (short: string, long: string) => bundled.includes(short) || args.has(`-${short}`, long);
  if (has("x", "--extract") || args.has("--get")) {
    if (archive !== null && archive.value !== "-") draft.use(archive, "read");
    const own = has("o", "--no-same-owner") || args.has("--owner");
    const how: HowMade = own ? {} : { made: "archive" };
    if (into !== null) draft.use(into, "fill", false, how);
    else if (!has("O", "--to-stdout")) draft.fills(".", how);
  } else if (has("c", "--create") || has("r", "--append") || has("u", "--update")) {
    if (archive !== null && archive.value !== "-") draft.use(archive, "create");
    for (const word of operands) draft.use(word, "read");
  }
}

/** A download is named after its address when no name is given. */
function remoteName(word: ShellWord): string | null {
  const text = word.value ?? word.glob ?? "";
  const name = text.replace(/[?#].*$/, "").replace(/\/+$/, "");
  const last = name.slice(name.lastIndexOf("/") + 1);
  return last === "" || !name.includes("/") ? null : last;
}

function curl(args: Arguments, draft: Draft): void {
  const directory = args.value("--output-dir") ?? ".";
  const output = args.word("-o", "--output");
  if (output !== null) {
    if (output.value !== "-") {
      const how: HowMade = { made: "plain", ...(args.has("--create-dirs") && { parents: true }) };
      if (directory === "." || output.value === null) draft.use(output, "create", false, how);
      else
        draft.write(draft.resolve(joinPath(directory, output.value) ?? output.value), "create", false, how);
    }
    if (args.has("--create-dirs")) {
      const found = draft.path(output);
      if (found !== null && output.prefix.includes("/")) draft.write(parentOf(found.path), "make");
    }
  }
  if (args.has("-O", "--remote-name", "--remote-name-all", "-J")) {
    for (const url of args.operands) {
      const name = remoteName(url);
      if (name === null) draft.fills(".");
      else draft.write(draft.resolve(`${directory}/${name}`), "create", false, { made: "plain" });
    }
  }
}

function wget(args: Arguments, draft: Draft): void {
  const output = args.word("-O", "--output-document");
  if (output !== null) {
    if (output.value !== "-") draft.use(output, "create", false, { made: "plain" });
    return;
  }
  if (args.has("--spider")) return;
  const into = args.word("-P", "--directory-prefix");
  if (into !== null) draft.use(into, "fill");
  else {
    for (const url of args.operands) {
      const name = remoteName(url);
      if (name === null) draft.fills(".");
      else draft.write(draft.resolve(name), "create", false, { made: "plain" });
    }
    if (args.operands.length === 0) draft.fills(".");
  }
}

function unzip(args: Arguments, draft: Draft): void {
  const [archive] = args.operands;
  if (archive !== undefined) draft.use(archive, "read");
  if (args.has("-l", "-t", "-p", "-v", "-Z")) return;
  const into = args.word("-d");
  if (into !== null) draft.use(into, "fill");
  else draft.fills(".");
}

/** gzip and kin replace each file by its counterpart beside it. */
function compress(args: Arguments, draft: Draft): void {
  if (args.has("-c", "--stdout", "-t", "-l", "--to-stdout")) return;
  for (const word of args.operands) {
    const found = draft.path(word);
    if (found !== null) draft.write(parentOf(found.path), "fill");
  }
}

function rsync(args: Arguments, draft: Draft): void {
  const target = args.operands.at(-1);
  for (const source of args.operands.slice(0, -1)) {
    if (!/^[\w.@-]+:/.test(source.prefix)) draft.use(source, "read");
  }
  if (target === undefined || args.operands.length < 2) return;
  const keeps = args.has("-a", "--archive", "-o", "-g", "--owner", "--group");
  draft.use(target, "fill", false, keeps ? { made: "kept", from: null } : {});
}

function findFiles(args: Arguments, draft: Draft): void {
  const [start] = args.operands;
  if (!args.has("-delete")) return;
  if (start !== undefined) draft.use(start, "change");
  else draft.fills(".");
}

function gitClone(args: Arguments, draft: Draft): void {
  const [url, into] = args.operands;
  const name = into ?? (url === undefined ? null : remoteName(url)?.replace(/\.git$/, ""));
  const found =
    typeof name === "string" ? { path: draft.resolve(name), exact: true } : name && draft.path(name);
  if (!found) draft.fills(".");
  else {
    if (found.exact && found.path !== draft.cwd)
      draft.write(found.path, "make", false, { made: "plain", parents: true });
    draft.write(found.path, "fill");
  }
}

function gitConfig(args: Arguments, draft: Draft): void {
  if (args.has("--get", "--list", "-l")) return;
  if (args.has("--system")) draft.write("/etc/gitconfig", "modify");
  else if (args.has("--global")) {
    draft.writes.push({
      path: draft.resolve("~/.gitconfig"),
      kind: "modify",
      directory: false,
      recursive: false,
    });
  } else draft.write(draft.resolve(".git/config"), "modify");
}

/** Files: where they go, whose they are, what may be done to them. */
export const FILES = table({
  chown: { root: "yes", why: "gives files to another user", valued: "--from --reference", effect: chown },
  chgrp: { root: "yes", why: "gives files to another group", valued: "--reference", effect: chgrp },
  chmod: { valued: "--reference", effect: chmod },
  "chattr chcon restorecon setfattr mknod mkswap setfacl": {
    root: "yes",
    why: "changes what only root may change",
  },
  "mkdir md": { valued: "-m --mode", effect: mkdir },
  "install ginstall": {
    valued: "-o -g -m -t -S --owner --group --mode --target-directory --suffix --strip-program",
    effect: install,
  },
  cp: { valued: "-t -S --target-directory --suffix", effect: copy },
  mv: { valued: "-t -S --target-directory --suffix", effect: move },
  "ln symlink": { valued: "-t -S --target-directory --suffix", effect: link },
  rm: { effect: remove },
  "rmdir unlink shred": { operands: "delete" },
  rename: { operands: "modify", skip: 2 },
  touch: { operands: "create", valued: "-d -r -t --date --reference --time" },
  tee: { operands: "create" },
  "truncate fallocate": { operands: "create", valued: "-s -r -l -o --size --reference --length" },
  mkfifo: { operands: "create", valued: "-m --mode" },
  sponge: { operands: "create" },
  split: { writes: ["."] },
  dd: { effect: dd },
  "sed gsed": {
    valued: "-e -f -l -E-script --expression --file --line-length",
    effect: inPlace,
  },
  perl: {
    valued: "-e -E -I -M -m",
    root: "unknown",
    why: "runs a script",
    when: [{ has: "-i", then: { effect: inPlace } }],
  },
  "ed ex vi vim nano": { operands: "modify" },
  "tar bsdtar gtar": {
    valued: `
        -f -C -X -T -I -H -b -g --file --directory --exclude --exclude-from --files-from
        --use-compress-program --transform --owner --group --strip --strip-components --format --mode
        --mtime
      `,
    effect: tar,
  },
  curl: {
    valued: `
        -o -H -d -u -X -A -e -x -b -c -F -T -m -w -K -E -C -r -Y -y -z -U -P -Q -t -D --output --header
        --data --user --request --user-agent --referer --proxy --cookie --cookie-jar --form --upload-file
        --max-time --connect-timeout --retry --retry-delay --retry-max-time --write-out --config --cert
        --key --cacert --capath --continue-at --range --url --data-binary --data-raw --data-urlencode
        --output-dir --proto --proto-default --proto-redir --resolve --interface --limit-rate
        --dump-header --max-redirs --ciphers --tls-max --noproxy --unix-socket
      `,
    effect: curl,
  },
  wget: {
    valued: `
        -O -P -o -a -e -t -T -U -i -B -w -Q -A -R -D -I -X -l --output-document --directory-prefix
        --output-file --header --user --password --tries --timeout --user-agent --input-file --wait
        --post-data --method --body-data --ca-certificate --certificate --private-key --load-cookies
        --save-cookies --referer --cut-dirs --reject --accept --retry-on-http-error --waitretry
        --read-timeout --connect-timeout --dns-timeout --progress
      `,
    effect: wget,
  },
  "wget2 aria2c axel fetch lwp-download youtube-dl yt-dlp http": { writes: ["."] },
  "unzip 7z 7za 7zr unrar bsdunzip": { valued: "-d -x -P", effect: unzip },
  "zip jar ar ranlib cpio makeself": { writes: ["."] },
  "gzip gunzip bzip2 bunzip2 xz unxz zstd unzstd lzma unlzma pigz uncompress lz4 brotli": {
    effect: compress,
    valued: "-T -S -o --threads --suffix",
  },
  rsync: {
    valued: "-e --exclude --include --exclude-from --include-from --chown --chmod --rsh --files-from",
    effect: rsync,
  },
  "scp sftp ssh mosh": { writes: ["."] },
  "find fd": {
    oneDash: true,
    valued: `
        -name -iname -path -ipath -type -maxdepth -mindepth -mtime -mmin -newer -perm -size -user -group
        -regex -exec -execdir -printf -wholename -regextype -ctime -atime -not-x -xtype -links -uid -gid
        -lname
      `,
    effect: findFiles,
  },
  patch: {
    valued: "-i -p -d -o -B --input --strip --directory --output",
    chdir: "-d --directory",
    writes: ["."],
  },
  git: {
    valued: "-C -c --git-dir --work-tree",
    chdir: "-C",
    sub: table({
      clone: {
        valued: `
            -b -o -u -j --branch --depth --origin --reference --separate-git-dir --jobs --template --filter
            --recurse-submodules= --shallow-since --config
          `,
        effect: gitClone,
      },
      config: { valued: "-f --file", effect: gitConfig },
      [`
        status log show rev-parse describe ls-remote ls-files diff ls-tree cat-file symbolic-ref rev-list
        for-each-ref version merge-base name-rev shortlog blame grep --version help
      `]: {},
    }),
    writes: ["."],
  },
  "git-lfs svn hg bzr cvs fossil repo gclient gh git-crypt": { writes: ["."] },
});
