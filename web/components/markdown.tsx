import { cn } from "../lib/cn.ts";
import { parseMarkdown, type Block, type Inline } from "../lib/markdown.ts";

/** A model card as its owner wrote it. */
export function Markdown({ source, title }: { readonly source: string; readonly title: string }) {
  const [first, ...rest] = parseMarkdown(source);
  if (first === undefined) return null;
  // The page has the title already.
  const repeated = first.kind === "heading" && first.content.map(({ text }) => text).join("") === title;
  return (
    <div className="max-w-[68ch] space-y-4">
      {(repeated ? rest : [first, ...rest]).map((block, i) => {
        switch (block.kind) {
          case "heading":
            return (
              <h3 key={i} className="pt-2 text-body">
                <Inlines content={block.content} />
              </h3>
            );
          case "paragraph":
            return (
              <p key={i}>
                <Inlines content={block.content} />
              </p>
            );
          case "list": {
            const List = block.ordered ? "ol" : "ul";
            return (
              <List key={i} className={block.ordered ? "list-decimal space-y-1 pl-6" : "list-disc space-y-1 pl-6"}>
                {block.items.map((item, k) => (
                  <li key={k}>
                    <Inlines content={item} />
                  </li>
                ))}
              </List>
            );
          }
          case "table":
            return <Table key={i} head={block.head} rows={block.rows} />;
          case "code":
            return (
              <pre key={i} tabIndex={0} className="overflow-x-auto rounded-lg bg-raised p-4 font-mono text-small">
                {block.text}
              </pre>
            );
        }
      })}
    </div>
  );
}

function Table({ head, rows }: Pick<Extract<Block, { kind: "table" }>, "head" | "rows">) {
  // Cards use tables without a head for pairs: the first cell then names the second.
  const pairs = head.every((cell) => cell.length === 0);
  return (
    <div tabIndex={0} role="group" aria-label="Table" className="overflow-x-auto">
      <table className="w-full border-collapse text-small">
        {!pairs && (
          <thead>
            <tr>
              {head.map((cell, i) => (
                <th key={i} scope="col" className="border-b border-edge py-2 pr-6 text-left font-strong">
                  <Inlines content={cell} />
                </th>
              ))}
            </tr>
          </thead>
        )}
        <tbody>
          {rows.map((row, i) => (
            <tr key={i} className="border-b border-line">
              {row.map((cell, k) => {
                const Cell = pairs && k === 0 ? "th" : "td";
                return (
                  <Cell
                    key={k}
                    {...(Cell === "th" && { scope: "row" })}
                    className={cn("py-2 pr-6 text-left align-top", Cell === "th" && "font-normal text-muted")}
                  >
                    <Inlines content={cell} />
                  </Cell>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Inlines({ content }: { readonly content: readonly Inline[] }) {
  return content.map((part, i) => {
    switch (part.kind) {
      case "text":
        return part.text;
      case "strong":
        return (
          <strong key={i} className="font-strong">
            {part.text}
          </strong>
        );
      case "emphasis":
        return <em key={i}>{part.text}</em>;
      case "code":
        return (
          <code key={i} className="rounded bg-raised px-1 font-mono text-small">
            {part.text}
          </code>
        );
      case "link":
        return (
          <a
            key={i}
            href={part.href}
            target="_blank"
            rel="noreferrer nofollow"
            className="text-accent underline underline-offset-4"
          >
            {part.text}
          </a>
        );
    }
  });
}
