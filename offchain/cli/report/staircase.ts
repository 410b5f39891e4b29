/** The plan as a staircase: the level of each instruction, from left to right as wide as its time. */
import type { ModelFigures, Tread } from "./figures.ts";
import { markup, type Markup } from "./markup.ts";
import { short, ticks } from "./ticks.ts";

const HEIGHT = 220;
/** Segments narrower than this many per cent have no number above them. */
const NARROW = 3;

/** A tread with where it lies, in per cent. */
interface Placed extends Tread {
  readonly from: number;
  readonly to: number;
}

/** Draws the staircase. */
export function staircase({ treads, layers, plan }: Pick<ModelFigures, "treads" | "layers" | "plan">): Markup {
  const total = treads.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  if (total === 0) return markup`<p class="note">Nothing in this plan takes time worth drawing.</p>`;
  const top = Math.max(...treads.map(({ level }) => level));
  const placed = place(treads, total);
  const y = (level: number): number => (HEIGHT * (top - level)) / top;
  const levels = Array.from({ length: top + 1 }, (_, level) => level);
  const spans = layers.map((layer, index) => {
    const own = placed.filter((tread) => tread.layer === index);
    return { layer, from: own.at(0)?.from ?? 0, to: own.at(-1)?.to ?? 0 };
  });
  return markup`<div class="plot"><svg class="axis" width="28" height="${HEIGHT + 24}" aria-hidden="true">${levels.map(
    (level) => markup`<text x="20" y="${y(level) + 16}" text-anchor="end">${level}</text>`,
  )}</svg><svg class="area" height="${HEIGHT + 24}" role="img" aria-label="Level of the ciphertexts over the time of one evaluation, from ${top} at the start"><svg y="12" height="${HEIGHT}" width="100%">${levels.map(
    (level) => markup`<line class="grid" x1="0" x2="100%" y1="${y(level)}" y2="${y(level)}"/>`,
  )}${placed.map(
    ({ layer, level, from, to, instructions, milliseconds }) =>
      markup`<rect class="tread${layer % 2 === 0 ? " even" : ""}" x="${from}%" width="${Math.max(to - from, 0.05)}%" y="${y(level)}" height="${HEIGHT - y(level)}"><title>${
        layers.at(layer)?.name ?? ""
      }: level ${level}, ${instructions} ${instructions === 1 ? "instruction" : "instructions"}, ${short(milliseconds)} ms</title></rect><line class="edge" x1="${from}%" x2="${to}%" y1="${y(level)}" y2="${y(level)}"/>`,
  )}${placed
    .slice(1)
    .map(
      ({ from, level }, index) =>
        markup`<line class="edge" x1="${from}%" x2="${from}%" y1="${y(placed[index].level)}" y2="${y(level)}"/>`,
    )}</svg>${spans.map(({ from, to }, index) =>
    to - from < NARROW
      ? markup``
      : markup`<text class="number" x="${(from + to) / 2}%" y="${HEIGHT + 6}" text-anchor="middle">${index + 1}</text>`,
  )}</svg></div>${timeAxis(total)}<p class="note">Numbers are those of the layers below. The parameter set ${plan.params.id} has ${plan.params.data.length} levels.</p>`;
}

function timeAxis(total: number): Markup {
  const inSeconds = total >= 2000;
  const end = inSeconds ? total / 1000 : total;
  return markup`<div class="plot"><span></span><svg class="area" height="20" aria-hidden="true">${ticks(0, end, 4).map(
    (tick) => {
      const at = (100 * tick) / end;
      const anchor = at < 2 ? "start" : at > 94 ? "end" : "middle";
      return markup`<text x="${at}%" y="14" text-anchor="${anchor}">${short(tick)}${tick === 0 ? "" : inSeconds ? " s" : " ms"}</text>`;
    },
  )}</svg></div>`;
}

function place(treads: readonly Tread[], total: number): Placed[] {
  let at = 0;
  return treads.map((tread) => {
    const from = at;
    at += (100 * tread.milliseconds) / total;
    return { ...tread, from, to: at };
  });
}
