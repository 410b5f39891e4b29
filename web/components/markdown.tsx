import { parseMarkdown, type Inline } from "../lib/markdown.ts";

/** A model card as its owner wrote it. */
export function Markdown({ source }: { readonly source: string }) {
  return (
    <div className="max-w-[68ch] space-y-4">
      {parseMarkdown(source).map((block, i) => {
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
