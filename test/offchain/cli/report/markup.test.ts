import { expect } from "chai";

import { printable } from "../../../../offchain/cli/printable.ts";
import { markup, trusted } from "../../../../offchain/cli/report/markup.ts";

describe("markup", () => {
  it("escapes whatever is filled in, in text and in attributes", () => {
    const hostile = `</title><script>alert("x")</script>' onload='y' &amp;`;
    expect(markup`<b title="${hostile}">${hostile}</b>`.text).to.equal(
      `<b title="&lt;/title&gt;&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&#39; onload=&#39;y&#39; &amp;amp;">` +
        `&lt;/title&gt;&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&#39; onload=&#39;y&#39; &amp;amp;</b>`,
    );
  });

  it("keeps markup as it is, joins lists, leaves out what is undefined, rounds numbers", () => {
    const items = ["<", "&"].map((text) => markup`<i>${text}</i>`);
    expect(markup`<p>${items}${undefined}${trusted("<hr>")}${1 / 3}</p>`.text).to.equal(
      "<p><i>&lt;</i><i>&amp;</i><hr>0.333</p>",
    );
    expect(() => markup`${Number.NaN}`).to.throw(RangeError);
    expect(() => markup`${Infinity}`).to.throw(RangeError);
  });
});

describe("printable text", () => {
  it("has no character that steers a terminal or turns the text around it", () => {
    expect(printable("a\u001b[31mb\u009b2Jc\r\nd\u202Ee\u2066f\u200Fg")).to.equal("a�[31mb�2Jc��d�e�f�g");
    expect(printable("Größe 東京 👍 é")).to.equal("Größe 東京 👍 é");
  });
});
