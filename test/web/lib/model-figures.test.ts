import { expect } from "chai";

import { batchPlansOf, figuresOf, planFor } from "../../../web/lib/model-figures.ts";
import type { Manifest } from "../../../offchain/sealing/manifest.ts";

const plan = (milliseconds: number, batch?: number) => ({
  units: batch === undefined ? 1 : 40,
  ...(batch !== undefined && { batch }),
  estimates: { inputBytes: 144_642_192, resultBytes: 204_848, milliseconds },
  accuracy: { encrypted: "0.9855", plain: "0.986", samples: 50, data: "digits" },
});
const manifestOf = (...plans: ReturnType<typeof plan>[]) => ({ plans }) as unknown as Manifest;

describe("the figures of a model", () => {
  it("say on how many samples accuracy was measured, of one as of one", () => {
    const noteOf = (samples: number) => {
      const one = plan(30);
      return figuresOf(manifestOf({ ...one, accuracy: { ...one.accuracy, samples } }))[0].note;
    };
    expect(noteOf(50)).to.equal("under encryption, 98.6 % without; 50 samples: digits");
    expect(noteOf(1)).to.equal("under encryption, 98.6 % without; 1 sample: digits");
  });
});

describe("plans for batches on a model's page", () => {
  it("are named with what they take, beside the plan for one input", () => {
    const manifest = manifestOf(plan(0, 4096), plan(30));
    expect(planFor(manifest).index).to.equal(1);
    expect(batchPlansOf(manifest)).to.deep.equal([
      {
        index: 0,
        inputs: "Up to 4,096 inputs",
        accuracy: "98.6 % right under encryption, 98.6 % without",
        bytes: "144.6 MB sent however few there are, 204.8 KB fetched from the nodes",
        evaluation: "evaluation not measured",
      },
    ]);
  });

  it("are none where there is none, or where it is the one that is shown already", () => {
    expect(batchPlansOf(manifestOf(plan(30)))).to.deep.equal([]);
    expect(batchPlansOf(manifestOf(plan(2000, 4096)))).to.deep.equal([]);
  });
});
