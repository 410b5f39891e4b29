/** HTML and SVG written as templates in which whatever is filled in is escaped. */
import { printable } from "../printable.ts";

/** Markup that is safe to write as it is. Made by `markup` and `trusted` alone. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template may be filled with; of a list, one item after the other. */
export type Filling = string | number | Markup | readonly Markup[] | undefined;

/**
 * Writes markup; strings that are filled in are text, whatever they hold. Attribute values stand in double quotes.
 *
 * @throws RangeError when a number is not finite, which no attribute takes
 */
export function markup(parts: TemplateStringsArray, ...fillings: readonly Filling[]): Markup {
  return new Markup(parts.map((part, i) => part + (i < fillings.length ? filled(fillings[i]) : "")).join(""));
}

/** Markup that this program wrote by other means, such as a stylesheet. Never text from outside. */
export function trusted(text: string): Markup {
  return new Markup(text);
}

function filled(filling: Filling): string {
  if (filling === undefined) return "";
  if (typeof filling === "string") return escaped(filling);
  if (typeof filling === "number") {
    if (!Number.isFinite(filling)) throw new RangeError("a number that is not finite cannot be drawn");
    return String(Math.round(filling * 1000) / 1000);
  }
  return filling instanceof Markup ? filling.text : filling.map(({ text }) => text).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character]);
}
