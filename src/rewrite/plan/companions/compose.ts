import { posix } from "node:path";
import { isInside, isRootUser } from "../../../analysis/index.ts";
import { ComposeEditor, isRootsOwn, placeKey, type Surroundings } from "../../../companions/index.ts";
import type { Applicability, Change, Edit } from "../../types.ts";
import type { Plan } from "../plan.ts";

type Service = Surroundings["services"][number];

/** Changes that do several things of one kind. */
const SEPARABLE: ReadonlySet<string> = new Set(["capabilities", "secrets", "tmpfs", "harden"]);

/** What compose files say about the image besides its ports, changed for an image that runs unprivileged. */
export function composeChanges(plan: Plan): Change[] {
  const { account, around } = plan;
  if (!account) return [];
  const editors = new Map<string, ComposeEditor>();
  return around.services.flatMap((service) => {
    let editor = editors.get(service.file);
    if (!editor)
      editors.set(service.file, (editor = new ComposeEditor(service.file, around.texts.get(service.file)!)));
    return new ServiceChanges(plan, service, editor).all();
  });
}

class ServiceChanges {
  private readonly plan: Plan;
  private readonly service: Service;
  private readonly editor: ComposeEditor;
  private readonly uid: number | null;
  private readonly owner: string;

  constructor(plan: Plan, service: Service, editor: ComposeEditor) {
    this.plan = plan;
    this.service = service;
    this.editor = editor;
    this.uid = plan.account!.uid;
    this.owner = `${this.uid}:${plan.account!.gid ?? this.uid}`;
  }

  all(): Change[] {
    // An image that starts as root to step down needs what root needs.
    if (this.plan.stepDown) return [this.secrets()].filter((change) => change !== null);
    const changes = [this.user(), this.capabilities(), this.secrets(), this.tmpfs(), this.hardened()];
    // Numbers are needed for what happens outside the image, where its names mean nothing.
    if (this.uid !== null) changes.push(this.volumes(), this.bindMounts());
    return changes.filter((change) => change !== null);
  }

  private user(): Change | null {
    const { user, name, file } = this.service;
    if (!user || !isRootUser(user.value)) return null;
    const ours = this.ours;
    // An anchor that says it for several is changed with the first of them.
    if (this.editor.sharesUser(name, ours.slice(0, ours.indexOf(name)))) return null;
    // What services of other files extend, too.
    const isShared = this.plan.around.shared.has(placeKey(file, user.start, "own"));
    const owner = this.uid === null ? "" : this.owner;
    const edit = isShared ? null : this.editor.dropUser(name, owner, new Set(ours));
    const says = `user: ${user.value}`;
    if (!edit || (this.uid === null && edit.text !== "")) {
      const reason = `${says} in the compose file overrides the image's USER, and speaks for more than this service. Remove it.`;
      return this.change("user", `${name} still runs as root`, reason, "manual", user.line, says, []);
    }
    return this.change(
      "user",
      `Let ${name} run as the image's user`,
      `${says} in the compose file would override the image's USER.`,
      "likely",
      user.line,
      says,
      [edit],
    );
  }

  /** Services of the same file that run the image. */
  private get ours(): string[] {
    const { services } = this.plan.around;
    return services.filter(({ file }) => file === this.service.file).map(({ name }) => name);
  }

  /** A closed tmpfs belongs to root, whatever the image says. */
  private tmpfs(): Change | null {
    if (this.uid === null) return null;
    const closed = this.editor.openTmpfs(this.service.name, this.uid, this.plan.account!.gid ?? this.uid);
    if (closed.length === 0) return null;
    const targets = closed.map(({ target }) => target).join(", ");
    return this.change(
      "tmpfs",
      `Let the account write to ${targets}`,
      "Its mode lets only the owner write, and that is root where no uid says otherwise.",
      "safe",
      closed[0]!.line,
      `${targets}: a temporary file system with a mode of its own`,
      closed.map(({ edit }) => edit),
    );
  }

  /** What the image's program does not start without. */
  private get needed(): readonly string[] {
    return this.plan.model.base.image?.fileCapabilities ?? [];
  }

  private capabilities(): Change | null {
    const isBound = this.plan.ports.kept.length > 0 || this.needed.includes("NET_BIND_SERVICE");
    const dropped = this.editor.dropCapabilities(
      this.service.name,
      (capability) => isRootsOwn(capability) || (!isBound && /^(?:CAP_)?NET_BIND_SERVICE$/i.test(capability)),
      this.ours,
    );
    if (!dropped) return null;
    const names = dropped.names.join(", ");
    return this.change(
      "capabilities",
      `Take ${names} from ${this.service.name}`,
      "An unprivileged process gets nothing from these capabilities.",
      "likely",
      this.service.line,
      `cap_add: ${names}`,
      dropped.edits,
    );
  }

  private secrets(): Change | null {
    if (this.uid === null) return null;
    const closed = this.editor.closedFiles(this.service.name, this.uid);
    if (closed.length === 0) return null;
    const names = closed.map(({ source }) => source).join(", ");
    return this.change(
      "secrets",
      `Let the account read ${names}`,
      "Its mode lets only the owner read it, and that is root where no uid says otherwise.",
      "safe",
      closed[0]!.line,
      `${names}: closed to all but the owner`,
      closed.map(({ edit }) => edit),
    );
  }

  private hardened(): Change | null {
    // What is merged from another service or file would stand there twice, which compose refuses.
    const { extends: parent, build, image } = this.service;
    if (!this.plan.options.harden || parent || (!build && image === null)) return null;
    const edits = this.editor.harden(this.service.name, this.needed);
    if (edits.length === 0) return null;
    return this.change(
      "harden",
      `Take all capabilities from ${this.service.name}`,
      "An unprivileged process needs none, and may not get any by way of setuid programs.",
      "likely",
      this.service.line,
      "--harden asks for it",
      edits,
    );
  }

  /** A new volume takes its owner from the image; one that root filled keeps root as the owner. */
  private volumes(): Change | null {
    const mounts = this.service.volumes.flatMap(({ type, source, target, readOnly, line }) =>
      type === "volume" && source !== null && !readOnly && /^[\w.-]+$/.test(source) && this.writes(target)
        ? [{ source, target, line }]
        : [],
    );
    if (mounts.length === 0) return null;
    const edits = this.editor.addOwner(this.service.name, this.owner, mounts);
    if (!edits) return null;
    const names = mounts.map(({ source }) => source).join(", ");
    return this.change(
      "volumes",
      `Hand ${names} over before ${this.service.name} starts`,
      `Only needed where an earlier release filled the volume as root: a new one takes its owner from the image. The service runs once, as root, and can go after the first start.`,
      "manual",
      mounts[0]!.line,
      `named volumes: ${names}`,
      edits,
    );
  }

  private writes(target: string): boolean {
    return this.plan.handover.paths.some(({ path }) => isInside(path, target) || isInside(target, path));
  }

  private bindMounts(): Change | null {
    const written = this.service.volumes.filter(
      (mount) => mount.type === "bind" && !mount.readOnly && this.writes(mount.target),
    );
    const first = written[0];
    if (!first || this.service.user) return null;
    const [uid, gid] = this.owner.split(":");
    const edit = this.editor.setUser(this.service.name, `\${UID:-${uid}}:\${GID:-${gid}}`);
    if (!edit) return null;
    const reason = `Files in ${first.source} belong to whoever works on the host. With UID=1000 and GID=1000 (what id -u and id -g say) in a .env file beside the compose file, the container writes as the same user. Without them nothing changes.`;
    const change = this.change(
      "bind",
      `Let ${this.service.name} run as the user of the host`,
      reason,
      "manual",
      first.line,
      `${first.source} is mounted at ${first.target}`,
      [edit],
    );
    return { ...change, edits: [...change.edits, ...this.example()] };
  }

  /** The example of a `.env` file tells of the two variables; without one there is a new one. */
  private example(): Edit[] {
    const { file, name } = this.service;
    const { around } = this.plan;
    const path = posix.join(posix.dirname(file), ".env.example");
    const before = around.texts.get(path) ?? (around.files.has(path) ? null : "");
    // Told once for a file, by its first service.
    const first = around.services.find((other) => other.file === file);
    if (before === null || first?.name !== name || /^[ \t]*UID=/m.test(before)) return [];
    const gap = before === "" ? "" : before.endsWith("\n") ? "\n" : "\n\n";
    const text = `${gap}# Who the containers run as: what id -u and id -g say.\nUID=1000\nGID=1000\n`;
    return [{ path, start: before.length, end: before.length, text }];
  }

  private change(
    what: string,
    title: string,
    reason: string,
    applicability: Applicability,
    line: number,
    says: string,
    edits: readonly Omit<Edit, "path">[],
  ): Change {
    const { file, name } = this.service;
    return {
      id: `compose:${what}:${file}:${name}`,
      pass: "compose",
      title,
      reason,
      applicability,
      dependsOn: ["user"],
      evidence: [{ source: "companion", where: file, line, says }],
      edits: edits.map((edit) => ({ path: file, ...edit })),
      ...(SEPARABLE.has(what) && edits.length > 1 && { separable: true }),
    };
  }
}
