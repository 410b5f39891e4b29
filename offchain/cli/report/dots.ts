/** Sizes that differ by powers of ten: a dot each on a logarithmic axis. */
import { markup, type Markup } from "./markup.ts";

const HEIGHT = 22;
/** Names of more powers than these would touch each other. */
const MOST_NAMED = 3;

export interface DotRow {
  readonly name: string;
  /** Positive, or zero, which has no dot. */
  readonly value: number;
  readonly label: string;
}

/**
 * Draws dots on an axis from `from` to `to`, both powers of ten.
 *
 * @param name of a power of ten on the axis
 */
export function dots(
  rows: readonly DotRow[],
  { from, to, name }: { readonly from: number; readonly to: number; readonly name: (value: number) => string },
): Markup {
  const decades = Math.round(Math.log10(to / from));
  const powers = Array.from({ length: decades + 1 }, (_, i) => from * 10 ** i);
  const named = powers.filter((_, i) => (decades - i) % (decades > MOST_NAMED ? 2 : 1) === 0);
  const x = (value: number): number =>
    Math.min(100, Math.max(0, (100 * Math.log10(value / from)) / Math.log10(to / from)));
  const grid = powers.map((power) => markup`<line class="grid" x1="${x(power)}%" x2="${x(power)}%" y1="0" y2="100%"/>`);
  return markup`<div class="bars">${rows.map(
    ({ name: row, value, label }) =>
      markup`<div class="bar-name">${row}</div><div class="bar-value">${label}</div><svg class="bar" height="${HEIGHT}" role="img" aria-label="${row}: ${label}">${grid}${
        value > 0 ? markup`<circle class="dot" cx="${x(value)}%" cy="${HEIGHT / 2}" r="5"/>` : undefined
      }</svg>`,
  )}<svg class="bar" height="18" aria-hidden="true">${named.map((power) => {
    const anchor = power === from ? "start" : power === powers[decades] ? "end" : "middle";
    return markup`<text x="${x(power)}%" y="13" text-anchor="${anchor}">${name(power)}</text>`;
  })}</svg></div>`;
}
