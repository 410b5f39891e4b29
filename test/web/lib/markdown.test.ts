import { expect } from "chai";

import { parseMarkdown } from "../../../web/lib/markdown.ts";

describe("web/lib/markdown", () => {
  it("tells headings, paragraphs, lists and code apart", () => {
    const blocks = parseMarkdown(
      "# Title\ntext on\ntwo lines\n\n- one\n- two\n  more\n\n1. first\n\n```\na < b\n```\n",
    );
    expect(blocks.map(({ kind }) => kind)).to.deep.equal(["heading", "paragraph", "list", "list", "code"]);
    expect(blocks[1]).to.deep.equal({ kind: "paragraph", content: [{ kind: "text", text: "text on two lines" }] });
    expect(blocks[2]).to.deep.equal({
      kind: "list",
      ordered: false,
      items: [[{ kind: "text", text: "one" }], [{ kind: "text", text: "two more" }]],
    });
  });

  it("reads emphasis, code and links within a line", () => {
    expect(parseMarkdown("a **b** *c* `d` [e](https://e.org/f) g")[0]).to.deep.equal({
      kind: "paragraph",
      content: [
        { kind: "text", text: "a " },
        { kind: "strong", text: "b" },
        { kind: "text", text: " " },
        { kind: "emphasis", text: "c" },
        { kind: "text", text: " " },
        { kind: "code", text: "d" },
        { kind: "text", text: " " },
        { kind: "link", text: "e", href: "https://e.org/f" },
        { kind: "text", text: " g" },
      ],
    });
  });

  it("makes a link of https alone: other schemes and markup stay text", () => {
    for (const source of [
      "[x](javascript:alert(1))",
      "[x](http://plain.org)",
      "<img src=x onerror=alert(1)>",
      "[x](data:text/html,y)",
    ]) {
      const [block] = parseMarkdown(source);
      expect(block).to.deep.equal({ kind: "paragraph", content: [{ kind: "text", text: source }] });
    }
  });

  it("reads tables", () => {
    const text = (words: string) => [{ kind: "text", text: words }];
    expect(parseMarkdown("| a | b |\n| --- | :-: |\n| 1 | 2 |\n| 3 | |\n\nafter")).to.deep.equal([
      {
        kind: "table",
        head: [text("a"), text("b")],
        rows: [
          [text("1"), text("2")],
          [text("3"), []],
        ],
      },
      { kind: "paragraph", content: text("after") },
    ]);
    expect(parseMarkdown("| no | rule |")[0]).to.include({ kind: "paragraph" });
  });

  it("ends a code block that is never closed at the end of the text", () => {
    expect(parseMarkdown("```\nx")).to.deep.equal([{ kind: "code", text: "x" }]);
  });
});
