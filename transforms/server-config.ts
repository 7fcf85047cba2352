import { isCopied } from "../src/companions/index.ts";
import type { Pass } from "../src/rewrite/pass.ts";
import type { Plan } from "../src/rewrite/plan/plan.ts";
import type { Change } from "../src/rewrite/types.ts";

/** Directives at which a server stops when it is not root. Others say so in their log and go on. */
const FATAL: Readonly<Record<string, RegExp>> = {
  supervisord: /^user/,
  haproxy: /^(user|uid|group|gid|chroot)/,
  "php-fpm": /^listen\.(owner|group)/,
  uwsgi: /^chown[-_]socket/,
};

/** Takes out directives such as supervisord's `user=root`: an unprivileged server cannot change to anybody. */
export const serverConfig: Pass = {
  name: "server-config",
  summary: "takes directives that only root can obey out of server configuration",
  run({ plan }) {
    if (!plan.account) return [];
    return [...inConfigs(plan), ...inPrograms(plan), ...inOptions(plan)];
  },
};

function inConfigs(plan: Plan): Change[] {
  return plan.around.configs.flatMap((config): Change[] => {
    const text = plan.around.texts.get(config.path) ?? "";
    const fatal = FATAL[config.format] ?? FATAL[config.server];
    const users = config.users.filter(
      ({ directive }) => directive && fatal?.test(text.slice(directive.start, directive.end)),
    );
    if (users.length === 0) return [];
    return [
      {
        id: `server-config:${config.path}`,
        pass: "server-config",
        title: `Take ${users.map((user) => user.name).join(", ")} out of ${config.path}`,
        reason: `${config.server === "other" ? config.format : config.server} stops at it when it is not started as root.`,
        applicability: "safe",
        dependsOn: ["user"],
        evidence: users.map((user) => ({
          source: "companion" as const,
          where: config.path,
          line: user.line,
          says: `sets the user ${user.name}`,
        })),
        edits: users.map(({ directive }) => ({
          path: config.path,
          ...wholeLine(text, directive!),
          text: "",
        })),
      },
    ];
  });
}

/** Configuration that is a program: gunicorn's, unicorn's. */
function inPrograms(plan: Plan): Change[] {
  const { around, model } = plan;
  const users = around.source.users.filter(({ file }) => isCopied(model.dockerfile, around.context, file));
  return [...new Set(users.map(({ file }) => file))].map((path) => {
    const own = users.filter(({ file }) => file === path);
    return {
      id: `server-config:${path}`,
      pass: "server-config",
      title: `Take ${own.map(({ says }) => says).join(", ")} out of ${path}`,
      reason: "The server stops at it when it is not started as root.",
      applicability: "safe",
      dependsOn: ["user"],
      evidence: own.map(({ line, says }) => ({ source: "code" as const, where: path, line, says })),
      edits: own.map((span) => ({ path, ...wholeLine(around.texts.get(path) ?? "", span), text: "" })),
    };
  });
}

/** `gunicorn --user www-data`. */
function inOptions({ rootOptions }: Plan): Change[] {
  return [...new Set(rootOptions.map(({ path }) => path))].map((path) => {
    const own = rootOptions.filter((option) => option.path === path);
    return {
      id: `server-config:${path}`,
      pass: "server-config",
      title: `Start ${own[0]!.program} without ${own.map(({ says }) => says).join(" ")}`,
      reason: `${own[0]!.program} stops at it when it is not started as root.`,
      applicability: "safe",
      dependsOn: ["user"],
      evidence: own.map(({ line, says }) => ({ source: "companion" as const, where: path, line, says })),
      edits: own.map(({ start, end }) => ({ path, start, end, text: "" })),
    };
  });
}

/** The directive with its line, where it stands alone there; a comment behind it is about it. */
function wholeLine(
  text: string,
  { start, end }: { start: number; end: number },
): { start: number; end: number } {
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const newline = text.indexOf("\n", end);
  const to = newline < 0 ? text.length : newline + 1;
  return text.slice(from, start).trim() === "" && /^\s*(?:[;#].*)?\s*$/.test(text.slice(end, to))
    ? { start: from, end: to }
    : { start, end };
}
