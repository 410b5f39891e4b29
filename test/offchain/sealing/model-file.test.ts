import { expect } from "chai";

import { toHex } from "../../../offchain/digest/hex.ts";
import { weightsRoot } from "../../../offchain/digest/merkle.ts";
import { importTfjs } from "../../../offchain/fhe/graph/import-tfjs.ts";
import { planBytes, planDigest } from "../../../offchain/fhe/plan/canonical.ts";
import { compile } from "../../../offchain/fhe/plan/compile.ts";
import { modelFilePieces, parseModelFile, type ModelFile } from "../../../offchain/sealing/model-file.ts";
import { BIAS, KERNEL, MODEL, SAMPLES } from "../cli/signs-model.ts";

/** The signs model, compiled. */
function signs(): ModelFile {
  const weights = new Uint8Array(Float32Array.from([...KERNEL, ...BIAS]).buffer);
  const { plan: compiled, constants } = compile(importTfjs(MODEL, weights), {
    calibration: Float32Array.from(SAMPLES.flat()),
    inputRange: { min: -1, max: 1 },
    model: "signs",
  });
  const residues = constants.residues();
  const plan = planBytes(compiled);
  const packageSecret = new Uint8Array(32).fill(7);
  return {
    plan,
    residues,
    header: {
      version: 1,
      chainId: 31337,
      registry: `0x${"ab".repeat(20)}`,
      modelId: "3",
      modelVersion: 2,
      planIndex: 0,
      planDigest: planDigest(compiled),
      planBytes: plan.length,
      weightsRoot: weightsRoot(new Uint8Array(residues.buffer), packageSecret),
      packageSecret: toHex(packageSecret),
      residueBytes: residues.byteLength,
    },
  };
}

describe("model files", function () {
  this.timeout(30_000);
  let model: ModelFile;
  let bytes: Buffer;

  before(() => {
    model = signs();
    bytes = Buffer.concat(modelFilePieces(model));
  });

  const refusal = (changed: Uint8Array): unknown => {
    try {
      parseModelFile(changed);
    } catch (error) {
      return error;
    }
    return undefined;
  };

  it("give back what was put in, in memory of their own", () => {
    const given = Buffer.from(bytes);
    const { header, plan, residues, checked } = parseModelFile(given);
    given.fill(0);
    expect(header).to.deep.equal(model.header);
    expect(plan).to.deep.equal(model.plan);
    expect(residues).to.deep.equal(model.residues);
    expect(checked.plan.model).to.equal("signs");
  });

  it("begin as docs/formats.md, section 15, says", () => {
    const json = bytes.subarray(16, bytes.indexOf("}") + 1);
    expect(bytes.subarray(0, 8).toString("latin1")).to.equal("CWMD\u0001\0\0\0");
    expect([bytes.readUInt32LE(8), bytes.readUInt32LE(12)]).to.deep.equal([json.length, 0]);
    expect(JSON.parse(json.toString())).to.deep.equal(model.header);
    expect(bytes.readUInt32LE(bytes.length - model.residues.byteLength)).to.equal(model.residues[0]);
  });

  it("are refused when they are cut short, longer, or changed anywhere that matters", () => {
    const planAt = 16 + bytes.readUInt32LE(8);
    for (const end of [0, 3, 15, 16, planAt - 1, planAt, planAt + 5, bytes.length - 1]) {
      expect(refusal(bytes.subarray(0, end)), `${end} bytes`).to.include({ code: "MODEL_FILE_INVALID" });
    }
    expect(refusal(Buffer.concat([bytes, Buffer.of(0)]))).to.include({ code: "MODEL_FILE_INVALID" });
    const digestAt = bytes.indexOf("planDigest") + 20;
    for (const at of [0, 4, 5, 8, 11, 12, 16, digestAt, planAt, planAt + 100, bytes.length - 1, bytes.length - 4000]) {
      const changed = Uint8Array.from(bytes);
      changed[at] ^= 4;
      expect(refusal(changed), `byte ${at}`).to.include({ code: "MODEL_FILE_INVALID" });
    }
    const other = { ...model.header, packageSecret: toHex(new Uint8Array(32)) };
    const salted = refusal(Buffer.concat(modelFilePieces({ ...model, header: other })));
    expect(salted).to.have.property("message").that.includes("weights were changed");
    // Secrets stand in the header, and no error repeats what is there.
    expect(String(salted)).to.not.include(other.packageSecret.slice(2));
  });

  it("are not written with a header that says something else", () => {
    const header = { ...model.header, residueBytes: 4 };
    expect(() => modelFilePieces({ ...model, header })).to.throw(RangeError);
  });
});
