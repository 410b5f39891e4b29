/** Rows of bars: a name, a bar from zero, its value. Drawn in per cent, so that they fit any width. */
import { markup, type Markup } from "./markup.ts";

export interface BarRow {
  readonly name: string;
  /** Not negative. */
  readonly value: number;
  /** The value as people read it. */
  readonly label: string;
  /** Ends of a line over the bar, such as an interval of confidence. */
  readonly whisker?: readonly [low: number, high: number];
}

export interface BarOptions {
  /** Value at the right end; the largest of the rows when omitted. */
  readonly most?: number;
  /** A line at a value, such as a bound, told in the title. */
  readonly mark?: number;
}

const HEIGHT = 14;

/** Draws rows of bars. */
export function bars(rows: readonly BarRow[], { most, mark }: BarOptions = {}): Markup {
  const end = (most ?? Math.max(...rows.map(({ value }) => value), mark ?? 0)) || 1;
  const part = (value: number): number => Math.min(100, (100 * value) / end);
  return markup`<div class="bars">${rows.map(
    ({ name, value, label, whisker }) =>
      markup`<div class="bar-name"><bdi>${name}</bdi></div><div class="bar-value">${label}</div><svg class="bar" height="${HEIGHT}" role="img" aria-label="${name}: ${label}"><rect class="track" width="100%" height="${HEIGHT}" rx="2"/><rect class="fill" width="${part(value)}%" height="${HEIGHT}" rx="2"/>${
        whisker === undefined ? undefined : whiskerOf(part(whisker[0]), part(whisker[1]))
      }${mark === undefined ? undefined : markup`<line class="mark" x1="${part(mark)}%" x2="${part(mark)}%" y1="0" y2="${HEIGHT}"/>`}</svg>`,
  )}</div>`;
}

function whiskerOf(low: number, high: number): Markup {
  const middle = HEIGHT / 2;
  return markup`<line class="whisker" x1="${low}%" x2="${high}%" y1="${middle}" y2="${middle}"/>${[low, high].map(
    (at) => markup`<line class="whisker" x1="${at}%" x2="${at}%" y1="${middle - 3}" y2="${middle + 3}"/>`,
  )}`;
}

/**
 * The interval a share lies in with 95 % confidence (Wilson, "Probable inference", 1927).
 *
 * @param of at least 1
 */
export function wilson(right: number, of: number): readonly [low: number, high: number] {
  const z = 1.96;
  const share = right / of;
  const scale = 1 + z ** 2 / of;
  const centre = (share + z ** 2 / (2 * of)) / scale;
  const half = (z * Math.sqrt((share * (1 - share)) / of + z ** 2 / (4 * of ** 2))) / scale;
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
