import { table } from "../spec.ts";

/** What shells have built in, and commands that only look. */
export const BUILTINS = table({
  // prettier-ignore
  ": true false cd pushd popd set unset shopt export local declare readonly typeset let return exit break continue shift trap wait read test [ [[ echo printf pwd type hash alias unalias ulimit umask times getopts jobs disown enable mapfile readarray logout caller": {},
  ". source eval": { root: "unknown", why: "runs a script", operands: "read", skip: 0 },
  // prettier-ignore
  "which whoami who id groups logname uname arch nproc date cal uptime env printenv locale tty hostnamectl lsb_release getconf getent command sleep yes seq expr bc factor basename dirname realpath readlink mktemp kill killall pkill pgrep ps top free vmstat lscpu lsblk lsof lsmod tput clear reset stty stat du df ldd ldconfig-p time w last dmesg nslookup dig host ping ping6 traceroute curl-config pkg-config pkgconf dpkg-architecture xdg-open watch fuser ss netstat pidof getcap capsh mountpoint sync nc ncat netcat telnet socat whereis what man info help history fc compgen complete inotifywait jot shuf numfmt getopt tini dumb-init exec nohup setsid xargs busybox env-update": {},
  // prettier-ignore
  "cat head tail less more grep egrep fgrep zgrep rg ag ls ll dir vdir tree find wc sort uniq cut tr paste join comm column fold fmt nl rev tac od xxd hexdump strings file md5sum md5 sha1sum sha224sum sha256sum sha384sum sha512sum shasum b2sum cksum sum base64 base32 diff cmp colordiff jq yq awk gawk mawk nawk zcat bzcat xzcat zstdcat envsubst iconv expand unexpand test-path xmllint xmlstarlet xsltproc m4 dos2unix unix2dos tsort pr csplit dc j2 mustache": {
    // What they read rarely matters, and their operands are not all files.
  },
});
