import { isRootUser } from "../../../analysis/index.ts";
import { ComposeEditor } from "../../../companions/index.ts";
import { type BaseImage, resolveImage } from "../../../images/index.ts";
import { imageOptions } from "../../images.ts";
import type { Change } from "../../types.ts";
import type { Plan } from "../plan.ts";

/**
 * Other people's images in the same project that a compose file makes root, though they come with an account of
 * their own: offered, because only a start can tell whether their data allows it.
 */
export function neighbourChanges({ around, options }: Plan): Change[] {
  return around.neighbours.flatMap((service): Change[] => {
    const { user, name, file } = service;
    if (!user || !isRootUser(user.value)) return [];
    const image = resolveImage(service.image!, imageOptions(options));
    const ids = image && ownIds(image);
    if (!image || !ids) return [];
    const edit = new ComposeEditor(file, service.text).setUserTo(name, ids);
    if (!edit) return [];
    const data = service.volumes.filter(({ readOnly, type }) => !readOnly && type !== "tmpfs");
    const first =
      data.length > 0
        ? ` What it wrote to ${data.map(({ target }) => target).join(", ")} as root has to be handed over first: docker compose run --rm -u 0 --entrypoint chown ${name} -R ${ids} ${data.map(({ target }) => target).join(" ")}.`
        : "";
    return [
      {
        id: `compose:neighbour:${file}:${name}`,
        pass: "compose",
        title: `Let ${name} run as ${ids}, as its image is made to`,
        reason: `user: ${user.value} makes ${image.reference} root; by itself it runs as ${image.user.name}.${first}`,
        applicability: "manual",
        dependsOn: [],
        evidence: [
          { source: "companion", where: file, line: user.line, says: `user: ${user.value}` },
          { source: "base", where: image.reference, line: null, says: `it runs as ${image.user.name}` },
        ],
        edits: [{ path: file, ...edit }],
      },
    ];
  });
}

/** Certain where the image's own user is a number, or an account whose numbers are known. */
function ownIds({ user, users, confidence }: BaseImage): string | null {
  if (user.isRoot || confidence !== "source") return null;
  if (/^\d+:\d+$/.test(user.name)) return user.name;
  const account = users.find(({ name, uid }) => name === user.name || String(uid) === user.name);
  return account ? `${account.uid}:${account.gid}` : null;
}
