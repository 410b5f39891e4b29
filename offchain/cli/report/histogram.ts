/** How often numbers fall where. */
import { markup, type Markup } from "./markup.ts";
import { short, ticks } from "./ticks.ts";

const HEIGHT = 140;
const BINS = 41;

export interface HistogramOptions {
  /** What is counted, for people who hear it read. */
  readonly title: string;
  /** The axis reaches from −reach to reach, or further where the numbers do; a line stands at each. */
  readonly reach: number;
}

/** Draws a histogram around zero. */
export function histogram(values: readonly number[], { title, reach }: HistogramOptions): Markup {
  const end = values.reduce((most, value) => Math.max(most, Math.abs(value)), reach) * 1.04;
  const counts = countBins(values, end);
  const most = Math.max(...counts, 1);
  const x = (value: number): number => (100 * (value + end)) / (2 * end);
  const width = 100 / BINS;
  return markup`<svg class="histogram" height="${HEIGHT + 22}" role="img" aria-label="${title}, ${values.length} numbers">${counts.map(
    (count, bin) => {
      const height = (HEIGHT * count) / most;
      const [from, to] = [bin, bin + 1].map((edge) => (2 * end * edge) / BINS - end);
      return count === 0
        ? markup``
        : markup`<rect class="fill" x="${bin * width + width * 0.06}%" width="${width * 0.88}%" y="${HEIGHT - height}" height="${height}"><title>${short(from)} to ${short(to)}: ${count}</title></rect>`;
    },
  )}<line class="base" x1="0" x2="100%" y1="${HEIGHT}" y2="${HEIGHT}"/>${[-reach, reach].map(
    (at) => markup`<line class="mark" x1="${x(at)}%" x2="${x(at)}%" y1="0" y2="${HEIGHT}"/>`,
  )}${ticks(-end, end, 5).map((tick) => {
    const at = x(tick);
    const anchor = at < 4 ? "start" : at > 96 ? "end" : "middle";
    return markup`<text x="${at}%" y="${HEIGHT + 16}" text-anchor="${anchor}">${short(tick)}</text>`;
  })}</svg>`;
}

function countBins(values: readonly number[], end: number): number[] {
  const counts = Array.from({ length: BINS }, () => 0);
  for (const value of values) {
    const bin = Math.floor(((value + end) / (2 * end)) * BINS);
    counts[Math.min(BINS - 1, Math.max(0, bin))]++;
  }
  return counts;
}
