import type { Arguments } from "../arguments.ts";
import type { Draft } from "../draft.ts";
import { table, type Spec } from "../spec.ts";
import type { AccountChange } from "../types.ts";

const root = { root: "yes", why: "changes accounts" } as const;

/** shadow's useradd, and the adduser of the Red Hat family, which is the same program. */
function useradd(args: Arguments, draft: Draft): void {
  const name = args.operands.at(-1)?.value;
  if (typeof name !== "string") return;
  const system = args.has("-r", "--system");
  const home =
    args.value("-d", "--home-dir", "--home") ?? `${args.value("-b", "--base-dir") ?? "/home"}/${name}`;
  const createsHome = args.has("-m", "--create-home") && !args.has("-M", "--no-create-home");
  add(draft, {
    kind: "user",
    name,
    id: number(args.value("-u", "--uid")),
    group: args.value("-g", "--gid"),
    home,
    createsHome,
    system,
  });
  if (createsHome)
    draft.owners.push({ path: home, user: name, group: args.value("-g", "--gid"), recursive: true });
}

/**
 * `adduser` is Debian's script, BusyBox' applet or shadow's useradd. Where the three differ in what an option
 * means, the options around it tell them apart.
 */
function adduser(args: Arguments, draft: Draft): void {
  const [first, second] = args.operands;
  const name = first?.value;
  if (typeof name !== "string") return;
  if (second !== undefined) {
    // `adduser USER GROUP` adds to a group, in Debian and in BusyBox.
    add(draft, { ...nobody("modify-user", name), group: second.value });
    return;
  }
  const debian = draft.context.busybox !== true && args.options.some((option) => DEBIAN.has(option.name));
  const shadow = !debian && !args.has("-D", "-S", "-h") && args.has(...SHADOW);
  if (shadow) {
    useradd(args, draft);
    return;
  }
  const system = args.has("-S", "--system");
  const none = args.has("-H", "--no-create-home");
  const home = args.value("-h", "--home") ?? (debian && system ? "/nonexistent" : `/home/${name}`);
  const createsHome = !none && !(debian && system && !args.has("--home"));
  add(draft, {
    kind: "user",
    name,
    id: number(args.value("-u", "--uid")),
    group: args.value("-G", "--ingroup", "--gid") ?? (args.has("--group") || !system ? name : "nogroup"),
    home,
    createsHome,
    system,
  });
  if (createsHome) draft.owners.push({ path: home, user: name, group: null, recursive: true });
}

const DEBIAN = new Set([
  "--disabled-password",
  "--disabled-login",
  "--gecos",
  "--comment",
  "--ingroup",
  "--group",
  "--quiet",
  "--force-badname",
  "--allow-bad-names",
  "--system",
  "--no-create-home",
  "--home",
  "--uid",
  "--gid",
  "--shell",
]);
const SHADOW = ["-m", "-M", "-r", "-d", "-g", "-U", "-N", "-c", "-o", "-l", "--create-home", "--home-dir"];

function groupadd(args: Arguments, draft: Draft): void {
  const [first, second] = args.operands;
  const name = first?.value;
  if (typeof name !== "string") return;
  if (second !== undefined) {
    // `addgroup USER GROUP` adds a user to a group.
    add(draft, { ...nobody("modify-user", name), group: second.value });
    return;
  }
  add(draft, {
    ...nobody("group", name),
    id: number(args.value("-g", "--gid")),
    system: args.has("-r", "-S", "--system"),
  });
}

function usermod(args: Arguments, draft: Draft): void {
  const name = args.operands.at(-1)?.value;
  if (typeof name !== "string") return;
  const home = args.value("-d", "--home");
  add(draft, {
    ...nobody("modify-user", name),
    id: number(args.value("-u", "--uid")),
    group: args.value("-g", "--gid") ?? args.value("-G", "--groups"),
    home,
    createsHome: home !== null && args.has("-m", "--move-home"),
  });
}

function remove(kind: "delete-user" | "delete-group"): NonNullable<Spec["effect"]> {
  return (args, draft) => {
    const name = args.operands.at(-1)?.value;
    if (typeof name === "string") add(draft, nobody(kind, name));
  };
}

function nobody(kind: AccountChange["kind"], name: string): AccountChange {
  return { kind, name, id: null, group: null, home: null, createsHome: false, system: false };
}

function number(text: string | null): number | null {
  return text !== null && /^\d+$/.test(text) ? Number(text) : null;
}

function add(draft: Draft, account: AccountChange): void {
  draft.accounts.push(account);
}

/** Users and groups. */
export const ACCOUNTS = table({
  "useradd luseradd": {
    ...root,
    valued: `
        -b -c -d -e -f -g -G -k -K -p -R -P -s -u -Z --base-dir --comment --home-dir --home --expiredate
        --inactive --gid --groups --skel --key --password --root --prefix --shell --uid --selinux-user
      `,
    effect: useradd,
  },
  adduser: {
    ...root,
    valued: `
        -h -g -s -G -u -k -d -c -b -p --home --gecos --comment --shell --ingroup --uid --gid --skel --conf
        --home-dir --groups --firstuid --lastuid --password --firstgid --lastgid
      `,
    effect: adduser,
  },
  "groupadd addgroup lgroupadd": {
    ...root,
    valued: "-g -K -p -R -P --gid --key --password --root --prefix --firstgid --lastgid --conf --shell",
    effect: groupadd,
  },
  "usermod lusermod": {
    ...root,
    valued: `
        -c -d -e -f -g -G -l -p -R -P -s -u -v -V -w -W -Z --comment --home --expiredate --inactive --gid
        --groups --login --password --root --prefix --shell --uid --add-subuids --add-subgids
      `,
    effect: usermod,
  },
  groupmod: { ...root, valued: "-g -n -p -R -P --gid --new-name --password" },
  "userdel deluser": { ...root, valued: "--backup-to --conf", effect: remove("delete-user") },
  "groupdel delgroup": { ...root, effect: remove("delete-group") },
  [`
    passwd chpasswd chgpasswd gpasswd chage chsh chfn newusers pwconv pwunconv pwck grpck grpconv vipw
    vigr newgrp nologin visudo pam-auth-update authconfig authselect faillock fix-permissions
  `]: root,
});
