import { table } from "../spec.ts";

/** Scripts that only set variables and define functions. */
const HARMLESS =
  /(?:\/os-release|\/lsb-release|\/envvars|\/etc\/profile|\/etc\/environment|\.(?:bashrc|profile|bash_profile|env)|\/bin\/activate|\/nvm\.sh|cargo\/env|\/setup\.bash|\/conda\.sh)$/;

/** What shells have built in, and commands that only look. */
export const BUILTINS = table({
  [`
      : true false cd pushd popd set unset shopt export local declare readonly typeset let return exit
      break continue shift trap wait read test [ [[ echo printf pwd type hash alias unalias ulimit umask
      times getopts jobs disown enable mapfile readarray logout caller
    `]: {},
  eval: { root: "unknown", why: "runs a script" },
  ". source": {
    operands: "read",
    effect: (args, draft) => {
      if (!HARMLESS.test(args.operands[0]?.value ?? "")) draft.mayNeedRoot("runs a script");
    },
  },
  [`
      which whoami who id groups logname uname arch nproc date cal uptime env printenv locale tty
      hostnamectl lsb_release getconf getent command sleep yes seq expr bc factor basename dirname
      realpath readlink mktemp kill killall pkill pgrep ps top free vmstat lscpu lsblk lsof lsmod tput
      clear reset stty stat du df ldd time w last dmesg nslookup dig host ping ping6 traceroute
      pkg-config pkgconf dpkg-architecture xdg-open watch fuser ss netstat pidof getcap capsh mountpoint
      sync nc ncat netcat telnet socat whereis what man info help history fc compgen complete
      inotifywait jot shuf numfmt getopt exec nohup setsid xargs busybox
    `]: {},
  "cat tac head tail less more zcat bzcat xzcat": { operands: "read", valued: "-n -c --lines --bytes" },
  [`
      grep egrep fgrep zgrep rg ag ls ll dir vdir tree find wc sort uniq cut tr
      paste join comm column fold fmt nl rev od xxd hexdump strings file md5sum md5 sha1sum
      sha224sum sha256sum sha384sum sha512sum shasum b2sum cksum sum base64 base32 diff cmp colordiff jq
      yq awk gawk mawk nawk zstdcat envsubst iconv expand unexpand xmllint xmlstarlet
      xsltproc m4 dos2unix unix2dos tsort pr csplit dc j2 mustache
    `]: {
    // What they read rarely matters, and their operands are not all files.
  },
});
