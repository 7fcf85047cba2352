import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { printable } from "../../../report/text.ts";
import type { FileView, OfferedChange } from "../protocol.ts";
import { showDiff, showText, type Mark, type Shown } from "./editor.ts";
import { touchedLines } from "./lines.ts";
import type { State, Store } from "./store.ts";

/** All files that the choices change, one diff below the other. */
export function Files({ store, state }: { store: Store; state: State }) {
  const { detail } = state;
  if (detail === null) return null;
  return (
    <div class="files">
      {detail.files.map((file) => (
        <FileDiff key={file.path} file={file} store={store} state={state} changes={detail.changes} />
      ))}
    </div>
  );
}

interface FileDiffProps {
  readonly file: FileView;
  readonly changes: readonly OfferedChange[];
  readonly store: Store;
  readonly state: State;
}

function FileDiff({ file, changes, store, state }: FileDiffProps) {
  const host = useRef<HTMLDivElement>(null);
  const shown = useRef<Shown | null>(null);
  const [isWhole, setWhole] = useState(false);
  const { path, before, after, mode } = file;
  const layout = state.layout;
  const isSame = before === after && mode === null;
  const marks = useMemo(() => marksOf(file, changes), [file, changes]);
  // The selection survives a new drawing but must not move the page then.
  const selected = useRef(state.change);

  useEffect(() => {
    const view = isSame
      ? showText(path, after, path === state.dockerfile ? (state.detail?.reason?.line ?? null) : null)
      : showDiff({
          path,
          before: before ?? "",
          after,
          layout,
          collapse: !isWhole,
          marks,
          onSelect: (id) => store.select(id),
        });
    const old = shown.current;
    shown.current = view;
    host.current!.replaceChildren(view.dom);
    view.highlight(selected.current, false);
    old?.destroy();
  }, [path, before, after, layout, isWhole, marks]);
  useEffect(() => () => shown.current?.destroy(), []);
  useEffect(() => {
    const isNew = selected.current !== state.change;
    selected.current = state.change;
    const mark = marks.find(({ id }) => id === state.change);
    const isFirst = isNew && mark !== undefined && firstFileOf(mark.id, changes, state) === path;
    shown.current?.highlight(state.change, isFirst);
  }, [state.change, state.tab]);
  useEffect(() => {
    if (state.look?.path === path) shown.current?.look(state.look.line);
  }, [state.look]);

  const { added, removed } = countLines(before ?? "", after);
  return (
    <section class="file" aria-label={printable(path)}>
      <header>
        <h3>
          <code>{printable(path)}</code>
        </h3>
        {isSame ? (
          <span class="quiet">nothing changes</span>
        ) : (
          <span class="counts">
            <span class="added" aria-label={`${added} lines added`}>
              +{added}
            </span>{" "}
            <span class="removed" aria-label={`${removed} lines removed`}>
              −{removed}
            </span>
          </span>
        )}
        {before === null && <span class="chip">new file</span>}
        {mode === "100755" && <span class="chip">becomes executable</span>}
        {!isSame && (
          <button class="small" aria-pressed={isWhole} onClick={() => setWhole(!isWhole)}>
            Whole file
          </button>
        )}
      </header>
      <div class="diff" ref={host} />
    </section>
  );
}

function marksOf({ path, before }: FileView, changes: readonly OfferedChange[]): Mark[] {
  const touched = touchedLines(
    path,
    before ?? "",
    changes.map(({ id, edits, verdict, applicability }) => ({
      id,
      edits,
      isApplied: verdict !== "rejected" && applicability !== "manual",
    })),
  );
  return changes.flatMap(({ id, title }, index) => {
    const lines = touched.get(id);
    return lines === undefined ? [] : [{ id, title: printable(title), number: index + 1, ...lines }];
  });
}

/** Of several files that a change touches, the page goes to the one that is shown first. */
function firstFileOf(id: string, changes: readonly OfferedChange[], { detail }: State): string | undefined {
  const paths = new Set(changes.find((change) => change.id === id)?.edits.map((edit) => edit.path));
  const files = (detail?.files ?? []).map((file) => file.path).filter((path) => paths.has(path));
  return files.find((path) => path === detail?.item.dockerfile) ?? files[0];
}

/** Exact for edits of whole lines, which is what people count. */
function countLines(before: string, after: string): { added: number; removed: number } {
  const count = (text: string): Map<string, number> => {
    const lines = new Map<string, number>();
    for (const line of text.split("\n")) lines.set(line, (lines.get(line) ?? 0) + 1);
    return lines;
  };
  const [old, now] = [count(before), count(after)];
  const more = (a: Map<string, number>, b: Map<string, number>): number =>
    [...a].reduce((sum, [line, times]) => sum + Math.max(0, times - (b.get(line) ?? 0)), 0);
  return { added: more(now, old), removed: more(old, now) };
}
