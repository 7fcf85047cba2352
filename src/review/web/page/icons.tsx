/** Paths on a grid of 16. */
const SHAPES = {
  check: "M3 8.5l3.2 3.2L13 4.9",
  cross: "M4 4l8 8M12 4l-8 8",
  info: "M8 7.2v4.3M8 4.6v.1",
  minus: "M4 8h8",
  stop: "M8 4v5M8 11.4v.1",
  dots: "M3.5 8h.1M8 8h.1M12.5 8h.1",
  menu: "M2.5 4h11M2.5 8h11M2.5 12h11",
  undo: "M6 3L3 6l3 3M3 6h6a4 4 0 0 1 0 8H7",
  sun: "M8 5.2a2.8 2.8 0 1 0 0 5.6a2.8 2.8 0 0 0 0-5.6M8 1v1.4M8 13.6V15M1 8h1.4M13.6 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1",
  moon: "M13 9.6A5.5 5.5 0 0 1 6.4 3a5.5 5.5 0 1 0 6.6 6.6z",
  system: "M2 3h12v8H2zM6 14h4M8 11v3",
  save: "M8 2v8M4.8 7L8 10.2L11.2 7M3 13h10",
  arrow: "M3 8h10M9.5 4.5L13 8l-3.5 3.5",
  play: "M5 3.5v9l7-4.5z",
} as const;

export type IconName = keyof typeof SHAPES;

/** Beside words that say the same. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={SHAPES[name]} />
    </svg>
  );
}
