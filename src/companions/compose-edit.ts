import { readCompose } from "./compose.ts";
import type { ComposeService } from "./types.ts";
import { joined, type Plain, type TextEdit, YamlEditor } from "./yaml-edit.ts";
import { isList, isMapping, YamlFile, type YamlNode } from "./yaml.ts";

/** Changes to a compose file, each as the ranges it replaces. Null where the file's form does not allow one. */
export class ComposeEditor {
  private readonly file: YamlFile;
  private readonly edit: YamlEditor;
  private readonly all: readonly ComposeService[];

  constructor(path: string, text: string) {
    this.file = new YamlFile(path, text);
    this.edit = new YamlEditor(this.file);
    this.all = readCompose(path, text).services;
  }

  removeUser(name: string): TextEdit | null {
    const user = this.all.find((service) => service.name === name)?.user;
    // Through an anchor the same line may speak for another service.
    if (!user || this.all.some((other) => other.name !== name && other.user?.start === user.start))
      return null;
    return this.edit.remove(this.service(name), "user");
  }

  /** Takes capabilities out of `cap_add`, and the list with its last one. */
  dropCapabilities(
    name: string,
    unneeded: (capability: string) => boolean,
  ): { edits: TextEdit[]; names: string[] } | null {
    const list = this.file.get(this.service(name), "cap_add");
    const names = this.strings(list);
    const gone = names.filter(unneeded);
    if (gone.length === 0) return null;
    const edits =
      gone.length === names.length
        ? [this.edit.remove(this.service(name), "cap_add")]
        : gone.map((one) => this.edit.removeItem(list, one));
    // Neighbours of one line cannot both be taken away by ranges of their own.
    const safe =
      edits.length === 1 || !this.file.source.text.slice(edits[0]?.start, edits.at(-1)?.end).includes(",");
    return edits.every((edit) => edit !== null) && safe ? { edits, names: gone } : null;
  }

  /** `cap_drop: [ALL]` and `no-new-privileges`. */
  harden(name: string): TextEdit[] {
    const service = this.service(name);
    const wanted: [string, string, RegExp][] = [
      ["cap_drop", "ALL", /^all$/i],
      ["security_opt", "no-new-privileges:true", /^no-new-privileges\b/],
    ];
    const missing: string[] = [];
    const edits = wanted.flatMap(([key, value, present]) => {
      const list = this.file.get(service, key);
      if (list && this.strings(list).some((item) => present.test(item))) return [];
      if (!list) {
        missing.push(key);
        return [];
      }
      const edit = this.edit.append(list, value);
      return edit ? [edit] : [];
    });
    const added = wanted
      .filter(([key]) => missing.includes(key))
      .flatMap(([key, value]) => this.edit.add(service, key, [value]) ?? []);
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
