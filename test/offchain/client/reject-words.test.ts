import { expect } from "chai";

import { isAboutKeys, rejectWords } from "../../../offchain/client/reject-words.ts";
import { REJECT_CODES } from "../../../offchain/node/reject-codes.ts";

describe("the words for what nodes refuse", () => {
  const codes = Object.entries(REJECT_CODES);

  it("are there for every code, each its own, with the code", () => {
    const said = codes.map(([, code]) => rejectWords(code));
    codes.forEach(([name, code], i) => expect(said[i], name).to.match(new RegExp(` \\(code ${code}\\)$`)));
    expect(new Set(said.map((words) => words.replace(/ \(.*/, ""))).size).to.equal(codes.length);
  });

  it("tell the input and the keys apart, as the names of the codes do", () => {
    for (const [name, code] of codes) {
      const keys = /^(PACK|KEY)_/.test(name);
      expect(isAboutKeys(code), name).to.equal(keys);
      const subject = keys ? "the keys" : name.startsWith("BATCH") ? "the encrypted batch" : "the encrypted input";
      expect(rejectWords(code), name).to.match(new RegExp(`^${subject} `));
    }
  });

  it("name a code of a later version alone", () => {
    expect(rejectWords(999)).to.equal("the input or the keys are not what the plan takes (code 999)");
  });
});
