import type { Paint } from "./paint.ts";
import { breakAt, cut, paintRow, span, type Span, wrapText, widthOf } from "./text.ts";
import type { Rows } from "./views.ts";

/** What a whole screen is made of. */
export interface Frame {
  /** Left and right of the top line. */
  readonly head: readonly [string, string];
  readonly body: Rows;
  /** How many rows of the body are above the screen. */
  readonly scroll: number;
  /** One thing to tell, or to ask. */
  readonly message: { readonly text: string; readonly look: "good" | "warn" | "bad" | "accent" } | null;
  /** Keys and what they do, the most important first. */
  readonly keys: readonly (readonly [key: string, does: string])[];
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Drawn {
  readonly lines: string[];
  /** How far one can scroll, and how many rows of the body the screen holds. */
  readonly most: number;
  readonly page: number;
}

/** Lays a frame out on a screen of this size: never more rows than it has, never wider than it is. */
export function layOut(frame: Frame, { columns, rows }: Size, paint: Paint): Drawn {
  const message =
    frame.message === null
      ? []
      : wrapText(frame.message.text, columns, frame.message.look).slice(
          0,
          Math.max(1, Math.min(4, rows - 6)),
        );
  // On a small screen the keys that matter least go first; `?` shows them all.
  const keys = keyRows(frame.keys, columns).slice(0, Math.max(1, Math.min(3, rows - message.length - 6)));
  const page = Math.max(1, rows - 3 - message.length - keys.length);
  const most = Math.max(0, frame.body.length - page);
  const scroll = Math.min(frame.scroll, most);
  const body = frame.body.slice(scroll, scroll + page);
  while (body.length < page) body.push([]);
  const lines = [
    headRow(frame.head, columns),
    [span("─".repeat(columns), "dim")],
    ...body.map((row) => cut(row, columns)),
    ruleRow(frame.body.length - scroll - page, scroll, columns),
    ...message,
    ...keys,
  ];
  return { lines: lines.slice(0, rows).map((row) => paintRow(row, paint)), most, page };
}

function headRow([left, right]: Frame["head"], columns: number): Span[] {
  const room = columns - right.length - 2;
  if (room < 10) return cut([span(left, "bold")], columns);
  const start = cut([span(left, "bold")], room);
  return [
    ...start,
    span(" ".repeat(Math.max(1, columns - widthOf(start) - right.length))),
    span(right, "dim"),
  ];
}

/** The line below the body says what of it cannot be seen. */
function ruleRow(below: number, above: number, columns: number): Span[] {
  const hidden = [above > 0 ? `↑ ${above} above` : "", below > 0 ? `↓ ${below} more: space` : ""].filter(
    (part) => part !== "",
  );
  const note = hidden.length === 0 ? "" : ` ${hidden.join(" · ")} `;
  return cut(
    [
      span("─".repeat(Math.max(0, columns - note.length - 2)), "dim"),
      span(note, "accent"),
      span("──", "dim"),
    ],
    columns,
  );
}

function keyRows(keys: Frame["keys"], columns: number): Span[][] {
  const rows: Span[][] = [[]];
  let used = 0;
  for (const [key, does] of keys) {
    const item = [span(key, "key"), span(` ${does}`, "plain")];
    const width = widthOf(item);
    if (used > 0 && used + 2 + width > columns) {
      rows.push([]);
      used = 0;
    }
    if (used > 0) rows.at(-1)!.push(span("  "));
    rows.at(-1)!.push(...(width > columns ? breakAt(item, columns)[0]! : item));
    used += (used > 0 ? 2 : 0) + width;
  }
  return rows;
}
