/** GitHub's node ids: opaque to a client, and here a kind and a number. */
const encode = (kind: string, id: string | number): string =>
  `${kind}_${Buffer.from(String(id)).toString("base64url")}`;

export const nodeId = encode;

/** The kind and what it was made from; null for what is no node id. */
export function parseNodeId(id: string): { kind: string; key: string } | null {
  const split = id.lastIndexOf("_", id.length);
  const at = /^([A-Z]+)_/.exec(id);
  if (split < 0 || !at) return null;
  return { kind: at[1]!, key: Buffer.from(id.slice(at[0].length), "base64url").toString() };
}
