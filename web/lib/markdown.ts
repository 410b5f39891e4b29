/**
 * The small part of Markdown that model cards use: headings, paragraphs, lists, tables, code, emphasis, links to https. Cards are written by strangers:
 * what is not understood stays text, and nothing becomes markup.
 */

export type Inline =
  | { readonly kind: "text" | "strong" | "emphasis" | "code"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly href: string };

export type Block =
  | { readonly kind: "heading"; readonly content: readonly Inline[] }
  | { readonly kind: "paragraph"; readonly content: readonly Inline[] }
  | { readonly kind: "list"; readonly ordered: boolean; readonly items: readonly (readonly Inline[])[] }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "table"; readonly head: readonly Cell[]; readonly rows: readonly (readonly Cell[])[] };

export type Cell = readonly Inline[];

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*|_([^_]+)_|\[([^\]]+)\]\((https:\/\/[^\s()]+)\)/g;

function inlines(text: string): readonly Inline[] {
  const parts: Inline[] = [];
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, strong, star, underscore, label, href] = match;
    if (match.index > from) parts.push({ kind: "text", text: text.slice(from, match.index) });
    if (code !== undefined) parts.push({ kind: "code", text: code });
    else if (strong !== undefined) parts.push({ kind: "strong", text: strong });
    else if (label !== undefined && href !== undefined)
      parts.push({ kind: "link", text: label.replaceAll("`", ""), href });
    else parts.push({ kind: "emphasis", text: star ?? underscore });
    from = match.index + whole.length;
  }
  if (from < text.length) parts.push({ kind: "text", text: text.slice(from) });
  return parts;
}

/** Reads a card. Never throws; every line ends up in some block. */
export function parseMarkdown(source: string): readonly Block[] {
  const blocks: Block[] = [];
  const lines = source.replaceAll("\r\n", "\n").split("\n");
  for (let i = 0; i < lines.length;) {
    const line = lines[i];
    if (line.trim() === "") {
      i++;
    } else if (line.startsWith("```")) {
      const end = lines.findIndex((later, k) => k > i && later.startsWith("```"));
      const stop = end < 0 ? lines.length : end;
      blocks.push({ kind: "code", text: lines.slice(i + 1, stop).join("\n") });
      i = stop + 1;
    } else if (/^#{1,6} /.test(line)) {
      blocks.push({ kind: "heading", content: inlines(line.replace(/^#+ +/, "")) });
      i++;
    } else if (line.startsWith("|") && RULE.test(lines[i + 1] ?? "")) {
      const rows: Cell[][] = [];
      const head = cells(line);
      for (i += 2; i < lines.length && lines[i].startsWith("|"); i++) rows.push(cells(lines[i]));
      blocks.push({ kind: "table", head, rows });
    } else if (ITEM.test(line)) {
      const ordered = /^\s*\d/.test(line);
      const items: string[] = [];
      for (; i < lines.length && lines[i].trim() !== ""; i++) {
        const item = ITEM.exec(lines[i]);
        if (item) items.push(item[1]);
        else items[items.length - 1] += ` ${lines[i].trim()}`;
      }
      blocks.push({ kind: "list", ordered, items: items.map(inlines) });
    } else {
      const start = i;
      for (i++; i < lines.length && lines[i].trim() !== "" && !/^(#{1,6} |```)/.test(lines[i]) && !ITEM.test(lines[i]);)
        i++;
      blocks.push({
        kind: "paragraph",
        content: inlines(
          lines
            .slice(start, i)
            .map((part) => part.trim())
            .join(" "),
        ),
      });
    }
  }
  return blocks;
}

/** The line under a table's head. */
const RULE = /^\|(?:\s*:?-+:?\s*\|)+\s*$/;

function cells(line: string): Cell[] {
  return line
    .trim()
    .replace(/^\||\|$/g, "")
    .split("|")
    .map((cell) => inlines(cell.trim()));
}

const ITEM = /^\s*(?:[-*]|\d+[.)])\s+(.*)$/;
