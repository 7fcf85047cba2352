import { readCompose } from "./compose.ts";
import type { ComposeService } from "./types.ts";
import { joined, type Plain, type TextEdit, YamlEditor } from "./yaml-edit.ts";
import { isList, isMapping, YamlFile, type YamlNode } from "./yaml.ts";

/** Changes to a compose file, each as the ranges it replaces. Null where the file's form does not allow one. */
export class ComposeEditor {
  private readonly file: YamlFile;
  private readonly edit: YamlEditor;
  private readonly all: readonly ComposeService[];
  private readonly removed = new Map<YamlNode, Set<string>>();

  constructor(path: string, text: string) {
    this.file = new YamlFile(path, text);
    this.edit = new YamlEditor(this.file);
    this.all = readCompose(path, text).services;
  }

  /**
   * Takes `user:` away; where it is the service's only entry, or a variable may say another, the account's ids
   * are written instead. What an anchor says for several services is changed where all of them are `ours`.
   */
  dropUser(name: string, owner: string, ours: ReadonlySet<string>): TextEdit | null {
    const user = this.all.find((service) => service.name === name)?.user;
    if (!user) return null;
    const sharing = this.all.filter((other) => other.user?.start === user.start);
    if (sharing.some((other) => !ours.has(other.name))) return null;
    const map = this.holder("user", user.start);
    const entry = this.file.entries(map).get("user");
    const scalar = this.file.scalar(entry?.value);
    if (!map || !scalar) return null;
    const fallback = /^\$\{\w+:?-(?<value>[^${}]*)\}$/d.exec(scalar.value)?.indices?.groups?.value;
    if (fallback && scalar.span)
      return { start: scalar.span.start + fallback[0], end: scalar.span.start + fallback[1], text: owner };
    const removed = this.inherits(map, "user") ? null : this.remove(map, "user");
    return removed ?? this.edit.set(map, "user", JSON.stringify(owner));
  }

  /** Other services that the same `user:` entry speaks for have an edit already. */
  sharesUser(name: string, earlier: readonly string[]): boolean {
    const start = this.all.find((service) => service.name === name)?.user?.start;
    return this.all.some((other) => earlier.includes(other.name) && other.user?.start === start);
  }

  /** Another value for a plain `user:`. */
  setUserTo(name: string, value: string): TextEdit | null {
    return this.edit.set(this.service(name), "user", JSON.stringify(value));
  }

  /**
   * Takes capabilities out of `cap_add`, and the list with its last one. A list that an anchor gives to several
   * services is changed with the first of them, where all are `ours`.
   */
  dropCapabilities(
    name: string,
    unneeded: (capability: string) => boolean,
    ours: readonly string[],
  ): { edits: TextEdit[]; names: string[] } | null {
    const list = this.capabilities(name);
    const names = this.strings(list);
    const gone = names.filter(unneeded);
    if (!list || gone.length === 0) return null;
    const sharing = this.all
      .filter((other) => this.capabilities(other.name) === list)
      .map((other) => other.name);
    if (sharing.some((other) => !ours.includes(other)) || sharing[0] !== name) return null;
    const holders = this.holdersOf("cap_add", list);
    const edits =
      gone.length < names.length
        ? gone.map((one) => this.edit.removeItem(list, one))
        : [holders.length === 1 ? this.remove(holders[0]!, "cap_add") : null];
    // Neighbours of one line cannot both be taken away by ranges of their own.
    const safe =
      edits.length === 1 || !this.file.source.text.slice(edits[0]?.start, edits.at(-1)?.end).includes(",");
    return edits.every((edit) => edit !== null) && safe ? { edits, names: gone } : null;
  }

  /** `cap_drop: [ALL]` and `no-new-privileges`; what the image's program cannot start without is added again. */
  harden(name: string, capabilities: readonly string[]): TextEdit[] {
    const service = this.service(name);
    const wanted: readonly (readonly [string, readonly string[]])[] = [
      ["cap_drop", ["ALL"]],
      ...(capabilities.length > 0 ? [["cap_add", capabilities] as const] : []),
      ["security_opt", ["no-new-privileges:true"]],
    ];
    const isSaid = (present: readonly string[], value: string) =>
      present.some((item) => new RegExp(`^(?:CAP_)?${value.split(":")[0]}\\b`, "i").test(item));
    const added: TextEdit[] = [];
    const edits = wanted.flatMap(([key, values]) => {
      const list = this.file.get(service, key);
      if (list) {
        const missing = values.filter((value) => !isSaid(this.strings(list), value));
        return missing.flatMap((value) => this.edit.append(list, value) ?? []);
      }
      added.push(...[this.edit.add(service, key, values) ?? []].flat());
      return [];
    });
    return [...edits, ...joined(added)];
  }

  setUser(name: string, user: string): TextEdit | null {
    const service = this.service(name);
    return this.file.entries(service).has("user") ? null : this.edit.add(service, "user", user);
  }

  /** A service that runs once as root ahead of this one, and hands its volumes over. */
  addOwner(
    name: string,
    owner: string,
    mounts: readonly { source: string; target: string }[],
  ): TextEdit[] | null {
    const services = this.servicesNode();
    const service = this.service(name);
    const init = `${name}-owner`;
    if (!service || this.all.some((other) => other.name === init)) return null;
    const condition = (value: string): Plain => ({ condition: value });
    const done = condition("service_completed_successfully");
    const dependencies = this.file.get(service, "depends_on");
    const definition: Plain = {
      image: "busybox",
      user: "0:0",
      command: ["chown", "-R", owner, ...mounts.map(({ target }) => target)],
      volumes: mounts.map(({ source, target }) => `${source}:${target}`),
      restart: "no",
    };
    const added = this.edit.add(services, init, definition);
    let depends: (TextEdit | null)[];
    if (!dependencies) depends = [this.edit.add(service, "depends_on", { [init]: done })];
    else if (isMapping(dependencies)) depends = [this.edit.add(dependencies, init, done)];
    else {
      const before = Object.fromEntries(
        this.strings(dependencies).map((other) => [other, condition("service_started")]),
      );
      const removed = this.edit.remove(service, "depends_on");
      const again = this.edit.add(service, "depends_on", { ...before, [init]: done });
      depends = removed && again && removed.end <= again.start ? [removed, again] : [null];
    }
    const edits = [...depends, added];
    return edits.every((edit) => edit !== null) ? joined(edits) : null;
  }

  /** Secrets and configs in the long form whose mode lets nobody but their owner, root, read them. */
  closedFiles(name: string, uid: number): { edit: TextEdit; source: string; line: number }[] {
    return ["secrets", "configs"].flatMap((key) => {
      const list = this.file.get(this.service(name), key);
      if (!isList(list)) return [];
      return this.file.items(list).flatMap((item) => {
        const mode = this.file.string(item, "mode");
        const owner = this.file.string(item, "uid");
        if (
          mode === null ||
          (owner !== null && owner !== "0") ||
          (Number.parseInt(mode.replace(/^0o?/, ""), 8) & 0o044) !== 0
        )
          return [];
        const edit =
          owner === null
            ? this.edit.add(item, "uid", String(uid))
            : this.edit.set(item, "uid", JSON.stringify(String(uid)));
        return edit
          ? [{ edit, source: this.file.string(item, "source") ?? key, line: this.file.lineOf(item) }]
          : [];
      });
    });
  }

  /** Temporary file systems that nobody but root can write, given to the account. */
  openTmpfs(name: string, uid: number, gid: number): { edit: TextEdit; target: string; line: number }[] {
    const service = this.service(name);
    const short = this.file.items(this.file.get(service, "tmpfs")).flatMap((item) => {
      const scalar = this.file.scalar(item);
      const edit = scalar?.span ? ownedTmpfs(scalar.value, scalar.span.start, uid, gid) : null;
      return edit && scalar ? [{ edit, target: scalar.value.split(":")[0]!, line: scalar.line }] : [];
    });
    const long = this.file.items(this.file.get(service, "volumes")).flatMap((item) => {
      const mode = this.file.string(item, "tmpfs", "mode");
      // The long form has no owner to give it to; a number that is no octal one is a mistake of its own.
      const octal = /^0o?(?=[0-7]+$)/.exec(mode ?? "")?.[0];
      if (this.file.string(item, "type") !== "tmpfs" || mode === null || !octal || isOpen(mode)) return [];
      const edit = this.edit.set(this.file.get(item, "tmpfs"), "mode", `${octal}1777`);
      const target = this.file.string(item, "target") ?? "";
      return edit ? [{ edit, target, line: this.file.lineOf(item) }] : [];
    });
    return [...short, ...long];
  }

  /** Removes an entry, unless that, with what was removed before, leaves a map without any. */
  private remove(map: YamlNode | null, key: string): TextEdit | null {
    const gone = (map && this.removed.get(map)) ?? new Set<string>();
    if (!isMapping(map) || map.items.length - gone.size < 2) return null;
    const edit = this.edit.remove(map, key);
    if (edit) this.removed.set(map, gone.add(key));
    return edit;
  }

  /** Without its own entry, one that is merged in would take its place. */
  private inherits(map: YamlNode, key: string): boolean {
    if (!isMapping(map)) return false;
    return map.items
      .filter((item) => this.file.scalar(item.key)?.value === "<<")
      .flatMap(({ value }): readonly (YamlNode | null)[] => {
        const parent = this.file.follow(value);
        return isList(parent) ? this.file.items(parent) : [parent];
      })
      .some((parent) => this.file.entries(parent).has(key));
  }

  /** The map that has this entry itself, be it a service or what services merge; `start` is the value's. */
  private holder(key: string, start: number): YamlNode | null {
    for (const map of this.mapsWith(key)) {
      const scalar = this.file.scalar(this.file.entries(map).get(key)?.value);
      if (scalar && (scalar.span ?? scalar.range).start === start) return map;
    }
    return null;
  }

  /** The maps that have this very node as an entry of their own, by an alias too. */
  private holdersOf(key: string, value: YamlNode): YamlNode[] {
    return [...this.mapsWith(key)].filter(
      (map) => this.file.follow(this.file.entries(map).get(key)?.value) === value,
    );
  }

  private *mapsWith(key: string): Generator<YamlNode> {
    const waiting: unknown[] = [...this.file.documents];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      const at = node as YamlNode | null;
      if (isMapping(at)) {
        if (at.items.some((item) => this.file.scalar(item.key)?.value === key)) yield at;
        waiting.push(...at.items.map((item) => item.value));
      } else if (isList(at)) waiting.push(...at.items);
    }
  }

  /** `cap_add` of the service, or of the one in this file that it extends. */
  private capabilities(name: string, depth = 0): YamlNode | null {
    const service = this.service(name);
    const own = this.file.get(service, "cap_add");
    const parent = this.all.find((one) => one.name === name)?.extends;
    if (own || !parent || parent.file !== null || depth > 10) return own;
    return this.capabilities(parent.service, depth + 1);
  }

  private servicesNode(): YamlNode | null {
    for (const document of this.file.documents) {
      const services = this.file.get(document, "services");
      if (services) return services;
    }
    return this.file.documents[0] ?? null;
  }

  private service(name: string): YamlNode | null {
    return this.file.get(this.servicesNode(), name);
  }

  private strings(list: YamlNode | null): string[] {
    return this.file.items(list).flatMap((item) => this.file.scalar(item)?.value ?? []);
  }
}

/** `/cache:size=64m,uid=0,mode=0700`: without a mode everybody may write. */
function ownedTmpfs(value: string, start: number, uid: number, gid: number): TextEdit | null {
  const [target = "", options = ""] = value.split(":");
  const list = options === "" ? [] : options.split(",");
  const mode = list.find((option) => option.startsWith("mode="))?.slice("mode=".length);
  if (mode === undefined || isOpen(mode)) return null;
  const owner = list.find((option) => option.startsWith("uid="))?.slice("uid=".length) ?? "0";
  if (owner !== "0") return null;
  const kept = list.filter((option) => !/^[ug]id=/.test(option));
  const text = [...kept, `uid=${uid}`, `gid=${gid}`].join(",");
  const at = start + target.length + 1;
  return { start: at, end: at + options.length, text };
}

function isOpen(mode: string): boolean {
  return (Number.parseInt(mode.replace(/^0o?/, ""), 8) & 0o002) !== 0;
}
