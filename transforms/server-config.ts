import type { Pass } from "../src/rewrite/pass.ts";
import type { Change } from "../src/rewrite/types.ts";

/** Directives at which a server stops when it is not root. Others say so in their log and go on. */
const FATAL: Readonly<Record<string, RegExp>> = {
  supervisord: /^user/,
  haproxy: /^(user|uid|group|gid|chroot)/,
  "php-fpm": /^listen\.(owner|group)/,
};

/** Takes out directives such as supervisord's `user=root`: an unprivileged server cannot change to anybody. */
export const serverConfig: Pass = {
  name: "server-config",
  summary: "takes directives that only root can obey out of server configuration",
  run({ plan }) {
    if (!plan.account) return [];
    return plan.around.configs.flatMap((config): Change[] => {
      const text = plan.around.texts.get(config.path) ?? "";
      const fatal = FATAL[config.server];
      const users = config.users.filter(
        ({ directive }) => directive && fatal?.test(text.slice(directive.start, directive.end)),
      );
      if (users.length === 0) return [];
      return [
        {
          id: `server-config:${config.path}`,
          pass: "server-config",
          title: `Take ${users.map((user) => user.name).join(", ")} out of ${config.path}`,
          reason: `${config.server} stops at it when it is not started as root.`,
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
  },
};

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
