import { isInside, startCommands } from "../../../analysis/index.ts";
import type { Surroundings } from "../../../companions/index.ts";
import { unwrap } from "../../../shell/index.ts";
import { type Service, servicesOf } from "../services.ts";
import { type Wishes, copiesInto, looksLikeFile } from "./wishes.ts";

export function baseProfile(to: Wishes, around: Surroundings): void {
  const base = to.model.base.image;
  if (!base || to.model.base.inferred || !startsBaseService(to, around)) return;
  for (const { path, why, when } of base.writablePaths) {
    if (when !== null && /no change|rare|never|already/i.test(when)) continue;
    if (when !== null && /template/i.test(when) && !copiesInto(to, "/etc/nginx/templates")) continue;
    if (isInside(path, "/etc") && when !== null && !/always|template/i.test(when)) continue;
    to.want(path, { source: "base", where: base.reference, line: null, says: why }, looksLikeFile(path));
  }
}

/** The base's service runs when its entrypoint or command does, or its program is started by name. */
function startsBaseService(to: Wishes, around: Surroundings): boolean {
  const { entrypoint, cmd } = to.model.final;
  const base = to.model.base.image!;
  if ((entrypoint && !entrypoint.instruction) || (cmd && !cmd.instruction) || (!entrypoint && !cmd))
    return true;
  const names = new Set([base.cmd?.[0], base.entrypoint?.target].map((n) => n?.replace(/^.*\//, "")));
  const commands = [
    ...startCommands(to.model),
    ...around.scripts.flatMap((script) => [...script.script.commands]),
  ];
  return commands.some((command) =>
    unwrap(command).some((inner) => inner.command.name !== null && names.has(inner.command.name)),
  );
}

/** Servers installed by a package: what their default configuration writes. */
export function services(to: Wishes, around: Surroundings): void {
  for (const { service, program } of servicesOf(to.model, around)) {
    const evidence = to.here(null, `${program ?? service.programs[0]!} writes here by default`);
    if (program) to.commands.push(...stockRepairs(to, service));
    // Below /var/tmp anybody may write, but not where a package has made the directory.
    for (const path of service.directories)
      if (path.startsWith("/var/tmp/")) to.put(path, false, evidence, "default");
      else to.want(path, evidence, false, "default");
    for (const path of service.files) to.want(path, evidence, true, "default");
  }
}

/** Only where the package's own configuration is what the server reads. */
function stockRepairs(to: Wishes, service: Service): string[] {
  if (to.model.base.image?.packageManager !== "apt") return [];
  const named = startCommands(to.model).flatMap((command) => command.argv.map((word) => word.value ?? ""));
  return service.commands
    .filter(
      ({ file }) =>
        !copiesInto(to, file) && (!named.some((word) => /\.conf$/.test(word)) || named.includes(file)),
    )
    .map(({ command }) => command);
}
