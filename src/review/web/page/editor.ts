import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { MergeView, unifiedMergeView } from "@codemirror/merge";
import { EditorState, RangeSet, StateEffect, StateField, type Extension, type Text } from "@codemirror/state";
import {
  Decoration,
  EditorView,
  gutter,
  GutterMarker,
  highlightSpecialChars,
  lineNumbers,
  type DecorationSet,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { languageOf } from "./languages.ts";
import type { Lines } from "./lines.ts";
import type { Layout } from "./store.ts";

/** What a change is called in the margin, and where it shows. */
export interface Mark {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly before: readonly Lines[];
  readonly after: readonly Lines[];
}

export interface DiffInput {
  readonly path: string;
  readonly before: string;
  readonly after: string;
  readonly layout: Layout;
  readonly collapse: boolean;
  readonly marks: readonly Mark[];
  onSelect(id: string): void;
}

/** A diff that is on the page. */
export interface Shown {
  readonly dom: HTMLElement;
  /** Lights up the lines of one change; scrolls to them where that is asked. */
  highlight(id: string | null, scroll: boolean): void;
  /** Scrolls to a line of the file as it was. */
  look(line: number): void;
  destroy(): void;
}

/** One file as it was and as it will be. */
export function showDiff(input: DiffInput): Shown {
  return input.layout === "split" ? sideBySide(input) : unified(input);
}

/** One file as it is. */
export function showText(path: string, text: string, line: number | null): Shown {
  const view = new EditorView({ doc: text, extensions: [...common(path, path), lit] });
  return single(view, line);
}

function single(view: EditorView, line: number | null): Shown {
  if (line !== null) setLit(view, [{ from: line, to: line }]);
  return {
    dom: view.dom,
    highlight: () => undefined,
    look: (at) => {
      setLit(view, [{ from: at, to: at }]);
      scrollTo(view, at);
    },
    destroy: () => view.destroy(),
  };
}

function sideBySide({ path, before, after, collapse, marks, onSelect }: DiffInput): Shown {
  const side = (label: string, doc: string, which: "before" | "after") => ({
    doc,
    extensions: [...common(path, label), lit, margin(marks, which, onSelect)],
  });
  const merge = new MergeView({
    a: side(`${path} as it is`, before, "before"),
    b: side(`${path} as deroot leaves it`, after, "after"),
    gutter: false,
    ...(collapse && { collapseUnchanged: COLLAPSE }),
  });
  return {
    dom: merge.dom,
    highlight(id, scroll) {
      const mark = marks.find((each) => each.id === id);
      setLit(merge.a, mark?.before ?? []);
      setLit(merge.b, mark?.after ?? []);
      if (!scroll || mark === undefined) return;
      if (mark.after[0]) scrollTo(merge.b, mark.after[0].from);
      else if (mark.before[0]) scrollTo(merge.a, mark.before[0].from);
    },
    look(line) {
      setLit(merge.a, [{ from: line, to: line }]);
      setLit(merge.b, []);
      scrollTo(merge.a, line);
    },
    destroy: () => merge.destroy(),
  };
}

function unified({ path, before, after, collapse, marks, onSelect }: DiffInput): Shown {
  const view = new EditorView({
    doc: after,
    extensions: [
      ...common(path, `${path}, what changes`),
      lit,
      margin(marks, "after", onSelect),
      unifiedMergeView({
        original: before,
        mergeControls: false,
        gutter: false,
        ...(collapse && { collapseUnchanged: COLLAPSE }),
      }),
    ],
  });
  return {
    dom: view.dom,
    highlight(id, scroll) {
      const lines = marks.find((mark) => mark.id === id)?.after ?? [];
      setLit(view, lines);
      if (scroll && lines[0]) scrollTo(view, lines[0].from);
    },
    look(line) {
      const at = lineAfter(before, after, line);
      setLit(view, [{ from: at, to: at }]);
      scrollTo(view, at);
    },
    destroy: () => view.destroy(),
  };
}

/** Where a line of the old text stands in the new one, if it does: told by the line's own text. */
function lineAfter(before: string, after: string, line: number): number {
  const wanted = before.split("\n")[line - 1];
  const lines = after.split("\n");
  const found = lines.flatMap((text, index) => (text === wanted ? [index + 1] : []));
  return found.sort((a, b) => Math.abs(a - line) - Math.abs(b - line))[0] ?? Math.min(line, lines.length);
}

const COLLAPSE = { margin: 4, minSize: 6 };

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.definitionKeyword, tags.tagName, tags.atom], class: "tok-keyword" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], class: "tok-string" },
  { tag: tags.comment, class: "tok-comment" },
  { tag: [tags.number, tags.bool, tags.null], class: "tok-number" },
  {
    tag: [tags.variableName, tags.propertyName, tags.attributeName, tags.definition(tags.variableName)],
    class: "tok-name",
  },
  { tag: [tags.typeName, tags.className, tags.standard(tags.variableName)], class: "tok-type" },
  { tag: [tags.meta, tags.operator, tags.punctuation], class: "tok-meta" },
]);

function common(path: string, label: string): Extension[] {
  const language = languageOf(path);
  return [
    lineNumbers(),
    highlightSpecialChars(),
    EditorState.readOnly.of(true),
    EditorView.editable.of(false),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ "aria-label": label, "aria-readonly": "true", tabindex: "0" }),
    EditorView.cspNonce.of(nonce()),
    syntaxHighlighting(colours),
    ...(language === null ? [] : [language]),
  ];
}

let styleNonce: string | undefined;

/** The policy lets in only styles that carry it. */
function nonce(): string {
  return (styleNonce ??= document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? "");
}

const setLines = StateEffect.define<readonly Lines[]>();
const litLine = Decoration.line({ class: "lit" });

/** The lines that belong to what is being looked at. */
const lit = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(value, transaction) {
    const lines = transaction.effects.findLast((effect) => effect.is(setLines))?.value as
      readonly Lines[] | undefined;
    if (lines === undefined) return value;
    const { doc } = transaction.state;
    const starts = numbersIn(lines, doc).map((number) => doc.line(number).from);
    return Decoration.set(starts.map((start) => litLine.range(start)));
  },
  provide: (field) => EditorView.decorations.from(field),
});

function setLit(view: EditorView, lines: readonly Lines[]): void {
  view.dispatch({ effects: setLines.of(lines) });
}

function scrollTo(view: EditorView, line: number): void {
  const { doc } = view.state;
  const { from } = doc.line(Math.min(Math.max(line, 1), doc.lines));
  view.dispatch({ effects: EditorView.scrollIntoView(from, { y: "center" }) });
}

function numbersIn(lines: readonly Lines[], doc: Text): number[] {
  const numbers = new Set<number>();
  for (const { from, to } of lines) {
    for (let number = Math.max(1, from); number <= Math.min(to, doc.lines); number++) numbers.add(number);
  }
  return [...numbers].sort((a, b) => a - b);
}

/** The number of a change beside its first line. */
class ChangeMarker extends GutterMarker {
  readonly #mark: Mark;
  readonly #onSelect: (id: string) => void;

  constructor(mark: Mark, onSelect: (id: string) => void) {
    super();
    this.#mark = mark;
    this.#onSelect = onSelect;
  }

  override toDOM(): Node {
    const dom = document.createElement("span");
    dom.className = "change-number";
    dom.title = this.#mark.title;
    dom.textContent = String(this.#mark.number);
    dom.addEventListener("click", () => this.#onSelect(this.#mark.id));
    return dom;
  }
}

/** A column that says which change a line belongs to. Hidden from screen readers: the cards say the same. */
function margin(marks: readonly Mark[], side: "before" | "after", onSelect: (id: string) => void): Extension {
  return gutter({
    class: "cm-changes",
    markers: ({ state: { doc } }) => {
      const ranges = marks.flatMap((mark) =>
        mark[side]
          .filter(({ from }) => from <= doc.lines)
          .map(({ from }) => ({ at: doc.line(from).from, mark })),
      );
      // One number a line: several on one would not fit.
      const first = new Map(ranges.toReversed().map((range) => [range.at, range]));
      const markers = [...first.values()].sort((a, b) => a.at - b.at);
      return RangeSet.of(markers.map(({ at, mark }) => new ChangeMarker(mark, onSelect).range(at)));
    },
  });
}
