import { diffLines } from "diff";
import stripJsonComments from "strip-json-comments";
import { isAlias, isMap, isScalar, isSeq, parseAllDocuments } from "yaml";

/** Passes whose changes of other files are about ports and privileges; what a script does as root is another matter. */
const PASSES = new Set(["ports", "server-config", "compose", "kubernetes"]);

/**
 * What is wrong with how a file beside Dockerfiles was changed, given the results that changed it.
 * YAML and JSON are compared value by value: each difference must be one that is meant, and no line may change that
 * holds no part of a value that differs. Other files are compared line by line.
 * @returns sentences; none where all is as it should be.
 */
export function judge(path, before, after, about, harden) {
  const passes = about.flatMap(({ changes }) =>
    changes.flatMap(({ pass, edits }) => (edits.some((edit) => edit.path === path) ? [pass] : [])),
  );
  const problems = [];
  if (passes.every((pass) => PASSES.has(pass))) {
    const ports = about.flatMap((result) => result.ports);
    const accounts = about.flatMap(({ account }) => (account === null ? [] : [account]));
    if (/\.ya?ml$|\.json$/.test(path))
      problems.push(...judgeValues(path, before, after, { ports, accounts, harden }));
    else problems.push(...judgeLines(before, after, ports));
  }
  if (endsOf(before) !== endsOf(after)) problems.push("other line ends");
  if (before !== "" && before.endsWith("\n") !== after.endsWith("\n")) problems.push("another last line end");
  return problems;
}

/** Which line ends a text has; a mixed one may get more of either. */
function endsOf(text) {
  const crlf = text.includes("\r\n");
  const lf = text.replaceAll("\r\n", "").includes("\n");
  return crlf && !lf ? "crlf" : crlf ? "mixed" : "lf";
}

function judgeValues(path, before, after, meant) {
  const was = documentsOf(path, before);
  const is = documentsOf(path, after);
  const broken = [...was, ...is].find(({ errors }) => errors.length > 0);
  if (broken) return [`it is changed, but cannot be read: ${broken.errors[0].message.split("\n")[0]}`];
  const values = [...differences(was.map(valueOf), is.map(valueOf))];
  const problems = values
    .filter((difference) => !isMeant(difference, meant))
    .map(
      ({ place, before: old, after: now }) =>
        `${place.join(".")}: ${JSON.stringify(old)} became ${JSON.stringify(now)}`,
    );
  if (values.length === 0) problems.push("it is changed, but reads as before");
  return [...problems, ...strayLines(before, after, was, is)];
}

function documentsOf(path, text) {
  const plain = text.replace(/^\uFEFF/, " ");
  const yaml = path.endsWith(".json") ? stripJsonComments(plain, { trailingCommas: true }) : plain;
  return parseAllDocuments(yaml, { merge: true, logLevel: "silent", uniqueKeys: false });
}

function valueOf(document) {
  return document.toJS({ maxAliasCount: -1 });
}

/** Every value that differs, by its place. */
function* differences(before, after, place = []) {
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    for (let at = 0; at < before.length; at++) yield* differences(before[at], after[at], [...place, at]);
  } else if (isRecord(before) && isRecord(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      yield* differences(before[key], after[key], [...place, key]);
  } else yield { place, before, after };
}

function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Lines that were changed although they hold nothing of a value that differs. */
function strayLines(before, after, was, is) {
  const marks = { before: new Set(), after: new Set() };
  const mark = (side, text, [start, end]) => {
    const first = lineAt(text, start);
    const last = lineAt(text, Math.max(start, end - 1));
    for (let line = first; line <= last; line++) marks[side].add(line);
  };
  const pairs = Math.max(was.length, is.length);
  const stray = [];
  for (let at = 0; at < pairs; at++) {
    for (const [old, now] of changedNodes(was[at]?.contents, is[at]?.contents)) {
      if (old) mark("before", before, rangeOf(old));
      if (now) mark("after", after, rangeOf(now));
      if (isScalar(old) && isScalar(now) && old.type !== now.type)
        stray.push(`other quotes: ${old.source} became ${now.source}`);
    }
  }
  let old = 0;
  let now = 0;
  for (const { added, removed, value, count } of diffLines(ended(before), ended(after))) {
    const lines = value.split("\n");
    for (let at = 0; at < count; at++) {
      if (removed && !marks.before.has(old + at)) stray.push(`lost the line ${lines[at].trim()}`);
      if (added && !marks.after.has(now + at)) stray.push(`gained the line ${lines[at].trim()}`);
    }
    if (!added) old += count;
    if (!removed) now += count;
  }
  return stray;
}

/** What is put behind a last line without an end makes no other line of it. */
function ended(text) {
  return text.endsWith("\n") ? text : `${text}\n`;
}

function lineAt(text, offset) {
  let line = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line++;
  return line;
}

/** Where two trees of nodes differ, as the nodes or pairs of each; aliases are not followed. */
function* changedNodes(old, now) {
  if (isMap(old) && isMap(now)) {
    for (const pair of old.items) {
      const same = pairOf(now, pair.key);
      if (!same) yield [pair, null];
      else if (isMap(pair.value) !== isMap(same.value) || pair.value?.flow !== same.value?.flow)
        yield [pair, same];
      else yield* changedNodes(pair.value, same.value);
    }
    for (const pair of now.items) if (!pairOf(old, pair.key)) yield [null, pair];
  } else if (isSeq(old) && isSeq(now)) {
    yield* changedItems(old, now);
  } else if (signOf(old) !== signOf(now)) yield [old, now];
}

/** Items at the beginning and the end that are alike stand for each other; in between they go in pairs, or are new. */
function* changedItems(old, now) {
  if (old.items.length === now.items.length) {
    for (const [at, item] of old.items.entries()) yield* changedNodes(item, now.items[at]);
    return;
  }
  let first = 0;
  while (first < old.items.length && signOf(old.items[first]) === signOf(now.items[first])) first++;
  let last = 0;
  while (
    last < Math.min(old.items.length, now.items.length) - first &&
    signOf(old.items.at(-1 - last)) === signOf(now.items.at(-1 - last))
  )
    last++;
  for (const item of old.items.slice(first, old.items.length - last)) yield [item, null];
  for (const item of now.items.slice(first, now.items.length - last)) yield [null, item];
}

function pairOf(map, key) {
  return map.items.find((pair) => signOf(pair.key) === signOf(key));
}

function signOf(node) {
  return node === undefined || node === null ? "" : isAlias(node) ? `*${node.source}` : JSON.stringify(node);
}

/** From its first to its last character; a pair's key is a part of it. */
function rangeOf(node) {
  if ("key" in node && "value" in node && !node.range)
    return [node.key.range[0], (node.value?.range ?? node.key.range)[1]];
  return [node.range[0], node.range[1]];
}

function isMeant({ place, before, after }, { ports, accounts, harden }) {
  const key = place.findLast((step) => typeof step === "string") ?? "";
  if (isPlain(before) && isPlain(after) && isRemapped(String(before), String(after), ports)) return true;
  if (key === "targetPort" && before === undefined) return ports.some(({ to }) => to === after);
  if (key === "user" && after === undefined) return /^(?:root|0)(?::.*)?$/.test(String(before));
  if (key === "cap_add")
    return (after ?? []).every(
      (capability) => before?.includes(capability) || (harden && mayHave(capability)),
    );
  if (place.includes("secrets") || place.includes("configs")) return key === "uid" && before === undefined;
  // Charts give pods and containers their contexts under names of their own.
  if (place.some((step) => /securityContext$/i.test(step))) {
    const context = /securityContext$/i.test(key) ? after : { [key]: after };
    return isRecord(context) && isSecure(context, accounts);
  }
  if (!harden) return false;
  if (key === "cap_drop") return lastIs(before, after, "ALL");
  if (key === "security_opt") return lastIs(before, after, "no-new-privileges:true");
  return (
    (key === "volumes" || key === "volumeMounts") &&
    grown(before, after, ({ name }) => /^writable/.test(name))
  );
}

/** What the restricted standard allows: programs whose file has it do not start without. */
function mayHave(capability) {
  return capability === "NET_BIND_SERVICE";
}

function isPlain(value) {
  return typeof value === "string" || typeof value === "number";
}

/** Nothing but what takes privileges away, and numbers of one of the accounts. */
function isSecure(context, accounts) {
  const is = (what, value) =>
    accounts.some((account) => account[what] === Number(value)) && Number(value) > 0;
  return Object.entries(context).every(([key, value]) => {
    if (key === "runAsNonRoot" || key === "readOnlyRootFilesystem") return value === true;
    if (key === "allowPrivilegeEscalation") return value === false;
    if (key === "runAsUser") return is("uid", value);
    if (key === "runAsGroup" || key === "fsGroup") return is("gid", value);
    if (key === "fsGroupChangePolicy") return value === "OnRootMismatch";
    if (key === "seccompProfile") return value?.type === "RuntimeDefault";
    if (key === "type") return value === "RuntimeDefault";
    if (key === "capabilities") return value?.drop?.includes("ALL") && (value.add ?? []).every(mayHave);
    if (key === "add") return (value ?? []).every(mayHave);
    return key === "drop" && value?.includes("ALL");
  });
}

function lastIs(before, after, wanted) {
  return grown(before, after, (item) => item === wanted);
}

/** The list is what it was, and new items behind. */
function grown(before = [], after = [], isNew = () => true) {
  return (
    JSON.stringify(after.slice(0, (before ?? []).length)) === JSON.stringify(before ?? []) &&
    after.slice((before ?? []).length).every(isNew)
  );
}

/** Only numbers of moved ports differ, ports that were left unsaid, and what keeps nginx from telling the new one. */
function isRemapped(before, after, ports) {
  const told = after.replace(/\n?[ \t]*port_in_redirect off;/g, "");
  const was = before.replace(/\n?[ \t]*port_in_redirect off;/g, "");
  const one = was.split(/(\d+)/);
  const other = told.split(/(\d+)/);
  const moved = (from, to) => ports.some((port) => String(port.from) === from && String(port.to) === to);
  if (one.length === other.length && one.every((part, at) => part === other[at] || moved(part, other[at])))
    return true;
  return ports.some(
    ({ to }) =>
      told.replaceAll(`:${to}`, "") === was ||
      told.replaceAll(`listen ${to};`, "").replace(/\s+/g, "") === was.replace(/\s+/g, ""),
  );
}

function judgeLines(before, after, ports) {
  const parts = diffLines(before, after);
  const problems = [];
  for (let at = 0; at < parts.length; at++) {
    const { added, removed, value } = parts[at];
    if (!added && !removed) continue;
    const next = parts[at + 1];
    if (removed && next?.added) {
      if (!isRemapped(value, next.value, ports)) problems.push(`${value.trim()} became ${next.value.trim()}`);
      at++;
    } else if (removed && !/^\s*(?:user|group|uid|gid|chroot|listen\.(?:owner|group))\b/m.test(value))
      problems.push(`lost ${value.trim()}`);
    else if (added && !isRemapped("", value.trimEnd(), ports)) problems.push(`gained ${value.trim()}`);
  }
  return problems;
}
