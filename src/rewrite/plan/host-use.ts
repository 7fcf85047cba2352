import type { ImageModel } from "../../analysis/index.ts";
import type { Surroundings } from "../../companions/index.ts";
import type { Reason } from "../types.ts";
import { reason } from "./reason.ts";

/** A service has privileges or capabilities that only root can use, or the engine's socket. */
export function privilegedService(around: Surroundings): Reason | null {
  for (const service of around.services) {
    if (service.privileged)
      return reason(
        "privileged",
        `${service.file}: the service ${service.name} runs privileged.`,
        "Find out which capability it needs, and grant that one instead.",
        service.line,
      );
    const capability = service.capAdd.find((cap) =>
      /^(CAP_)?(SYS_ADMIN|NET_ADMIN|SYS_MODULE|SYS_PTRACE|NET_RAW|ALL)$/i.test(cap),
    );
    if (capability)
      return reason(
        "privileged",
        `${service.file}: the service ${service.name} adds the capability ${capability}, which only root can use.`,
        "Move what needs the capability into a sidecar or an init container.",
        service.line,
      );
    const socket = service.volumes.find(
      (volume) => /docker\.sock$/.test(volume.target) || /docker\.sock$/.test(volume.source ?? ""),
    );
    if (socket)
      return reason(
        "docker-socket",
        `${service.file}: the service ${service.name} uses the Docker socket.`,
        "Put a socket proxy in front of it, or add the account to the socket's group with group_add.",
        socket.line,
      );
  }
  return null;
}

/** The image is made to talk to the engine through a socket that is mounted when it runs. */
export function engineSocket({ final }: ImageModel): Reason | null {
  const host = final.env.get("DOCKER_HOST");
  if (host?.value?.startsWith("unix://") !== true) return null;
  return reason(
    "docker-socket",
    `DOCKER_HOST says that it uses the Docker socket, ${host.value}.`,
    "Put a socket proxy in front of it, or add the account to the socket's group with --group-add.",
    host.instruction.line,
  );
}

/** Logs of the node and of its containers, and the sockets of engines: only root may open them. */
export function hostFiles(around: Surroundings): Reason | null {
  const mounts = [
    ...around.services.flatMap(({ file, name, volumes }) =>
      volumes.map(({ type, source, line }) => ({
        where: `${file}: the service ${name}`,
        path: type === "bind" ? source : null,
        line,
      })),
    ),
    ...around.deployment.workloads.flatMap(({ path, workload, container }) =>
      container.mounts.map(({ hostPath, line }) => ({
        where: `${path}:${line}: ${workload.kind} ${workload.name}`,
        path: hostPath,
        line,
      })),
    ),
  ];
  const found = mounts.find(({ path }) => path !== null && ROOTS_FILES.test(path));
  if (!found) return null;
  return reason(
    "host-files",
    `${found.where} mounts ${found.path} of the host, whose files only root may read.`,
    "Give the account the group that owns them there, or leave it as root.",
    found.line,
  );
}

/** Sources: modes of /var/log on Debian and Ubuntu (root:adm 0640), of Docker's (0710) and containerd's data roots. */
const ROOTS_FILES =
  /^\/var\/(?:log(?:\/(?:pods|containers|journal|audit)?)?|lib\/(?:docker|containerd|kubelet)(?:\/(?:containers|pods))?)\/?$|\/(?:docker|containerd|crio)\.sock$/;
