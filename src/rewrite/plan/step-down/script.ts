import type { StepDownTool } from "./tools.ts";

export interface ScriptContent {
  readonly tool: StepDownTool["name"];
  readonly uid: number;
  readonly gid: number;
  /** Of the account: setpriv leaves HOME alone, and the others take it from passwd, which may not know the uid. */
  readonly home: string;
  readonly paths: readonly string[];
}

/** The entrypoint: POSIX sh, and nothing that BusyBox, coreutils and findutils do not share. */
export function entrypointScript({ tool, uid, gid, home, paths }: ScriptContent): string {
  return `#!/bin/sh
# Hands the paths below to the app's account, because a mount may bring any owner, and then runs the app as that
# account. Started as anybody but root (docker run --user), it only runs the app.
#
#   UID, GID        ids of the account
#   WRITABLE_DIRS   more directories, separated by colons
#   UMASK           for the app, such as 002
set -euf

if [ -n "\${UMASK:-}" ]; then umask "$UMASK"; fi
if [ "$(id -u)" != 0 ]; then exec "$@"; fi

uid=\${UID:-${uid}}
gid=\${GID:-${gid}}
paths=${quote(paths.join(":"))}:\${WRITABLE_DIRS:-}

# What belongs to the account already is left alone. A read-only mount is no reason to stop.
IFS=:
for path in $paths; do
  [ -n "$path" ] || continue
  [ -e "$path" ] || mkdir -p "$path" || continue
  # The path may be a link; those inside are not followed.
  if [ -d "$path" ]; then path=$path/.; fi
  find "$path" \\( ! -user "$uid" -o ! -group "$gid" \\) -exec chown -h "$uid:$gid" {} + ||
    echo "$0: $path: not all of it belongs to $uid:$gid now" >&2
done

# The app may open /dev/stdout and /dev/stderr by name.
chown "$uid:$gid" "/proc/$$/fd/1" "/proc/$$/fd/2" 2>/dev/null || :

if [ "\${HOME:-/root}" = /root ]; then HOME=${quote(home)}; fi
export HOME
${EXEC[tool]}
`;
}

/** All leave no other group, and all become the app itself. */
const EXEC: Readonly<Record<StepDownTool["name"], string>> = {
  setpriv: `exec setpriv --reuid="$uid" --regid="$gid" --clear-groups -- "$@"`,
  "su-exec": `exec su-exec "$uid:$gid" env HOME="$HOME" "$@"`,
  gosu: `exec gosu "$uid:$gid" env HOME="$HOME" "$@"`,
};

function quote(text: string): string {
  return /^[\w@%+=:,./-]*$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
