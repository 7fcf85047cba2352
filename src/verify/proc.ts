/** Reads what the kernel says in /proc: who runs with which rights, and who listens where. */

export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly command: string;
  /** Effective. */
  readonly uid: number;
  readonly gid: number;
  /** Names of the effective capabilities, without `CAP_`; empty for none. */
  readonly capabilities: readonly string[];
}

export interface Listener {
  readonly port: number;
  readonly protocol: "tcp" | "udp";
  /** Only reachable from inside the container. */
  readonly loopback: boolean;
  readonly ipv6: boolean;
}

/** `/proc/<pid>/status`; null for what is none, such as that of a process that has just ended. */
export function readStatus(text: string, cmdline: string): ProcessFacts | null {
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}:[ \\t]*(.*)$`, "m").exec(text)?.[1]?.trim();
  const ids = (name: string): number => Number(field(name)?.split(/\s+/)[1]);
  const name = field("Name");
  const pid = Number(field("NSpid")?.split(/\s+/).at(-1) ?? field("Pid"));
  const uid = ids("Uid");
  const gid = ids("Gid");
  const mask = field("CapEff");
  if (name === undefined || !Number.isInteger(pid) || !Number.isInteger(uid) || mask === undefined)
    return null;
  if (field("State")?.startsWith("Z")) return null;
  const command = cmdline.split("\0").join(" ").trim();
  return {
    pid,
    parent: Number(field("PPid") ?? 0),
    name,
    command: command === "" ? name : command,
    uid,
    gid,
    capabilities: capabilityNames(mask),
  };
}

/**
 * What a process has done so far, from its `status` and `stat`: context switches, and ticks of the processor, its own
 * and those of children that have ended.
 */
export function readActivity(status: string, stat: string): number {
  const switches = [...status.matchAll(/^(?:non)?voluntary_ctxt_switches:\s*(\d+)$/gm)].map(([, count]) =>
    Number(count),
  );
  // The name in parentheses may hold anything; user and system time are the 12th and 13th field after it, those of
  // the children the next two.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = fields.slice(11, 15).map((field) => Number(field) || 0);
  return [...switches, ...ticks].reduce((sum, each) => sum + each, 0);
}

/**
 * `/proc/<pid>/uid_map` or `gid_map`: from an id as it is outside of the namespace to the one inside. Ids that the
 * map does not name are what the kernel shows for them inside.
 */
export function readIdMap(text: string): (id: number) => number {
  const ranges = text
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number) as [inside: number, outside: number, length: number])
    .filter((range) => range.length === 3 && range.every(Number.isInteger));
  if (ranges.length === 0) return (id) => id;
  return (id) => {
    const range = ranges.find(([, outside, length]) => id >= outside && id < outside + length);
    return range ? id - range[1] + range[0] : OVERFLOW_ID;
  };
}

/** Names of the capabilities in a mask such as `00000000a80425fb`. */
export function capabilityNames(mask: string): string[] {
  if (!/^[0-9a-f]{1,16}$/i.test(mask)) return [];
  const bits = BigInt(`0x${mask}`);
  const names: string[] = [];
  for (let bit = 0; bit < 64; bit++) {
    if ((bits >> BigInt(bit)) & 1n) names.push(CAPABILITIES[bit] ?? `CAPABILITY_${bit}`);
  }
  return names;
}

/** `/proc/net/tcp`, `tcp6`, `udp` or `udp6`: the sockets that wait for somebody. */
export function readSockets(text: string, protocol: Listener["protocol"]): Listener[] {
  const listeners: Listener[] = [];
  for (const line of text.split("\n")) {
    const match = /^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]{2}) /i.exec(line);
    if (!match) continue;
    const [, address, port, , remotePort, state] = match as unknown as string[];
    const listens = protocol === "tcp" ? state === "0A" : state === "07" && remotePort === "0000";
    if (!listens || isEngineResolver(address!)) continue;
    const number = parseInt(port!, 16);
    // A UDP client's socket looks like a server's; its port is from the range that the kernel gives out.
    if (protocol === "udp" && number >= FIRST_EPHEMERAL_PORT) continue;
    listeners.push({ port: number, protocol, loopback: isLoopback(address!), ipv6: address!.length > 8 });
  }
  return unique(listeners);
}

/** One entry per port: reachable from outside if any of its sockets is. */
export function unique(listeners: readonly Listener[]): Listener[] {
  const found = new Map<string, Listener>();
  for (const listener of listeners) {
    const key = `${listener.port}/${listener.protocol}`;
    const known = found.get(key);
    const loopback = listener.loopback && (known?.loopback ?? true);
    found.set(key, { ...listener, loopback, ipv6: listener.ipv6 || (known?.ipv6 ?? false) });
  }
  return [...found.values()].sort((a, b) => a.port - b.port || (a.protocol < b.protocol ? -1 : 1));
}

/** Docker's name server in each container of a network: 127.0.0.11. */
function isEngineResolver(address: string): boolean {
  return address.toUpperCase() === "0B00007F";
}

/** Addresses stand in groups of four bytes, each in the byte order of every machine that counts today. */
function isLoopback(address: string): boolean {
  const hex = address.toUpperCase();
  if (hex.length === 8) return hex.endsWith("7F");
  return hex === `${"0".repeat(24)}01000000` || /^0{16}FFFF0000.{6}7F$/.test(hex);
}

const FIRST_EPHEMERAL_PORT = 32768;
/** `/proc/sys/kernel/overflowuid` on every machine that counts. */
const OVERFLOW_ID = 65534;

const CAPABILITIES = [
  "CHOWN",
  "DAC_OVERRIDE",
  "DAC_READ_SEARCH",
  "FOWNER",
  "FSETID",
  "KILL",
  "SETGID",
  "SETUID",
  "SETPCAP",
  "LINUX_IMMUTABLE",
  "NET_BIND_SERVICE",
  "NET_BROADCAST",
  "NET_ADMIN",
  "NET_RAW",
  "IPC_LOCK",
  "IPC_OWNER",
  "SYS_MODULE",
  "SYS_RAWIO",
  "SYS_CHROOT",
  "SYS_PTRACE",
  "SYS_PACCT",
  "SYS_ADMIN",
  "SYS_BOOT",
  "SYS_NICE",
  "SYS_RESOURCE",
  "SYS_TIME",
  "SYS_TTY_CONFIG",
  "MKNOD",
  "LEASE",
  "AUDIT_WRITE",
  "AUDIT_CONTROL",
  "SETFCAP",
  "MAC_OVERRIDE",
  "MAC_ADMIN",
  "SYSLOG",
  "WAKE_ALARM",
  "BLOCK_SUSPEND",
  "AUDIT_READ",
  "PERFMON",
  "BPF",
  "CHECKPOINT_RESTORE",
];
