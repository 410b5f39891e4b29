import { readFileSync } from "node:fs";
import { expect } from "chai";
import { parsePlan, planBytes, planDigest } from "../../../../offchain/fhe/plan/canonical.ts";
import { PlanError } from "../../../../offchain/fhe/plan/errors.ts";
import { planVector } from "../../../vectors/plan.ts";
import { changed, SAMPLE_PLAN } from "./sample-plan.ts";

const vector = JSON.parse(readFileSync(new URL("../../../vectors/plan.json", import.meta.url), "utf8")) as {
  readonly canonicalJson: string;
  readonly digest: string;
};
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("the canonical bytes of a plan", () => {
  it("and its digest are those of the vector", () => {
    expect(new TextDecoder().decode(planBytes(SAMPLE_PLAN))).to.equal(vector.canonicalJson);
    expect(planDigest(SAMPLE_PLAN)).to.equal(vector.digest);
  });

  it("are what the vector's own script writes", () => {
    expect(planVector()).to.deep.include(vector);
  });

  it("are read back to the same plan and the same bytes", () => {
    const { plan } = parsePlan(bytesOf(vector.canonicalJson));
    expect(plan).to.deep.equal(SAMPLE_PLAN);
    expect(planDigest(plan)).to.equal(vector.digest);
  });

  it("change with every part of the plan", () => {
    const other = changed((plan) => (plan.estimates.milliseconds = 1));
    expect(planDigest(other)).not.to.equal(vector.digest);
  });

  const notCanonical: [string, string][] = [
    ["spaces", vector.canonicalJson.replace(",", ", ")],
    [
      "another order of keys",
      vector.canonicalJson.replace(/^\{(.*?),(.*)\}$/s, "{$2,$1}").replace('"compiler"', '"compiler"'),
    ],
    ["a key twice", vector.canonicalJson.replace('"version":1}', '"version":1,"version":1}')],
    ["an integer written as a float", vector.canonicalJson.replace('"version":1}', '"version":1.0}')],
    ["a byte order mark", `\ufeff${vector.canonicalJson}`],
    ["something after it", `${vector.canonicalJson}\n`],
    ["its end cut off", vector.canonicalJson.slice(0, -1)],
  ];
  for (const [what, text] of notCanonical) {
    it(`are refused with ${what}`, () => {
      expect(text).not.to.equal(vector.canonicalJson);
      expect(() => parsePlan(bytesOf(text))).to.throw(PlanError, /not canonical JSON/);
    });
  }

  it("are refused above 4 MiB, before anything is decoded", () => {
    expect(() => parsePlan(new Uint8Array((4 << 20) + 1))).to.throw(PlanError, /not canonical JSON/);
  });

  it("are refused when they are canonical but no plan", () => {
    for (const text of ["null", "[]", "{}", '"plan"', "7"]) {
      expect(() => parsePlan(bytesOf(text)), text).to.throw(PlanError);
    }
  });
});
