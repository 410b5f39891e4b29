import { expect } from "chai";
import { N16384_D13_S1 } from "../../../../offchain/fhe/ckks/named-sets.ts";
import { checkPlan } from "../../../../offchain/fhe/plan/canonical.ts";
import { PlanError } from "../../../../offchain/fhe/plan/errors.ts";
import { scaleToNumber } from "../../../../offchain/fhe/plan/exact-scale.ts";
import type { Plan } from "../../../../offchain/fhe/plan/plan.ts";
import { changed, SAMPLE_PLAN, type Mutable } from "./sample-plan.ts";

const [, q1, q2, q3] = SAMPLE_PLAN.params.data;
const HOISTED = { semantics: "hoisted-1" } as const;

describe("typecheck", () => {
  it("derives degree, basis, level and scale of every value", () => {
    const { types } = checkPlan(SAMPLE_PLAN);
    expect(types.map(({ level }) => level)).to.deep.equal([4, 4, 4, 4, 4, 3, 3, 3, 3, 2, 2, 1, 1, 1, 1]);
    expect(types.map(({ degree }) => degree)).to.deep.equal([1, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1]);
    expect(types.map(({ form }) => form)).to.deep.equal([...new Array<string>(14).fill("ciphertext"), "compact"]);
    const scales = types.map(({ scale }) => scaleToNumber(SAMPLE_PLAN.params, scale));
    const relative = (index: number, expected: number): unknown =>
      expect(scales[index] / expected).to.be.closeTo(1, 1e-15);
    relative(0, 2 ** 30);
    relative(4, 2 ** 30 * q3);
    relative(5, 2 ** 30);
    relative(7, 2 ** 60);
    relative(9, 2 ** 60 / q2);
    relative(11, (2 ** 60 / q2) * (2 ** 24 / q1));
    relative(14, (2 ** 60 / q2) * (2 ** 24 / q1));
  });

  it("gives the scale each constant is encoded at, derived ones too", () => {
    expect([...checkPlan(SAMPLE_PLAN).constantScales]).to.deep.equal([q3, q3, 2 ** 30, 2 ** 24]);
  });

  it("knows the extended basis in hoisted-1", () => {
    const plan = changed((copy) => {
      Object.assign(copy, HOISTED);
      copy.inputs[0].scale = 2 ** 29;
      copy.constants[1].basis = "QP";
      copy.constants[3] = { kind: "plain", basis: "QP", level: 4, scale: q3 };
      copy.instructions = [
        { op: "input", input: 0 },
        { op: "decompose", a: 0 },
        { op: "rotateHoisted", a: 1, step: 1, ext: true },
        { op: "mulPlainExt", a: 2, constant: 1 },
        { op: "rotateHoisted", a: 1, step: 5, ext: true },
        { op: "mulPlainExt", a: 4, constant: 3 },
        { op: "addExt", a: 3, b: 5 },
        { op: "modDown", a: 6, times: 0 },
        { op: "mulPlain", a: 0, constant: 0 },
        { op: "add", a: 7, b: 8 },
        { op: "rescale", a: 9, times: 1 },
        { op: "addPlain", a: 10, constant: 2 },
        { op: "modSwitch", a: 11, times: 2 },
        { op: "conjugate", a: 12 },
      ];
      copy.constants[2].scale = { like: 10 };
      copy.outputs[0].value = 13;
      copy.layers = [];
      copy.keys = [
        { kind: "galois", element: 3, gadget: 1, level: 4 },
        { kind: "galois", element: 243, gadget: 1, level: 4 },
        { kind: "galois", element: 16383, gadget: 1, level: 1 },
      ];
      copy.estimates.keyBytes = 72 + 3 * 16 + (20 + 20 + 2) * 30_720;
      copy.estimates.resultBytes = 112 + 2 * 30_720;
    });
    const { types } = checkPlan(plan);
    expect(types.map(({ basis }) => basis).join(" ")).to.equal("Q Q QP QP QP QP QP Q Q Q Q Q Q Q");
    expect(types[1].form).to.equal("decomposed");
    expect(types[13].level).to.equal(1);
  });
});

/** Breaks one thing of the sample; the plan must be refused for that reason. */
const REFUSALS: readonly [string, (plan: Mutable<Plan>) => void, RegExp][] = [
  // Operands and forms
  [
    "an operand that comes later",
    (p) => (p.instructions[4] = { op: "add", a: 1, b: 5 }),
    /instruction 4 uses value 5 before it is defined/,
  ],
  [
    "an operand that is the value itself",
    (p) => (p.instructions[2] = { op: "rotate", a: 2, step: 1 }),
    /instruction 2 uses value 2 before/,
  ],
  [
    "a value nobody uses",
    (p) => p.instructions.push({ op: "negate", a: 0 }),
    /instruction 15 defines a value nobody uses/,
  ],
  ["an output that is not there", (p) => (p.outputs[0].value = 15), /an output is value 15/],
  [
    "addition at different levels",
    (p) => (p.instructions[13] = { op: "add", a: 11, b: 9 }),
    /instruction 13 adds values at level 1 and level 2/,
  ],
  ["addition of different scales", (p) => (p.constants[1].scale = q2), /instruction 4 adds values of different scales/],
  [
    "addition of scales that are close",
    (p) => (p.constants[1].scale = q3 + 1),
    /instruction 4 adds values of different scales/,
  ],
  [
    "addition of different degrees",
    (p) => (p.instructions[8] = { op: "add", a: 7, b: 6 }),
    /instruction 8 adds values of degree 2 and 1/,
  ],
  [
    "multiplication by itself instead of a square",
    (p) => (p.instructions[7] = { op: "mul", a: 6, b: 6 }),
    /which is a square/,
  ],
  [
    "multiplication at different levels",
    (p) => (p.instructions[7] = { op: "mul", a: 6, b: 0 }),
    /multiplies values at level 3 and level 4/,
  ],
  [
    "rotation of a value that was not relinearised",
    (p) => (p.instructions[8] = { op: "rotate", a: 7, step: 3 }),
    /not relinearised/,
  ],
  [
    "a square of a square that was not relinearised",
    (p) => (p.instructions[8] = { op: "square", a: 7 }),
    /not relinearised/,
  ],
  [
    "relinearisation of a linear value",
    (p) => (p.instructions[7] = { op: "relinearise", a: 6 }),
    /relinearises a value of degree 1/,
  ],
  [
    "rotation by all slots",
    (p) => (p.instructions[2] = { op: "rotate", a: 0, step: 4096 }),
    /rotates by 4096 of 4096 slots/,
  ],
  ["rotation by nothing", (p) => (p.instructions[2] = { op: "rotate", a: 0, step: 0 }), /instructions\[2\]\.step/],
  ["rotation to the right", (p) => (p.instructions[2] = { op: "rotate", a: 0, step: -1 }), /instructions\[2\]\.step/],
  [
    "a rescale at the last level",
    (p) => (p.instructions[12] = { op: "rescale", a: 11, times: 1 }),
    /drops 1 primes at level 1/,
  ],
  [
    "a rescale by as many primes as there are",
    (p) => (p.instructions[5] = { op: "rescale", a: 4, times: 4 }),
    /drops 4 primes at level 4/,
  ],
  [
    "a scale that fills the modulus",
    (p) => (p.constants[3].scale = 2 ** 31),
    /scale of 61\.0 bits under a modulus of 60\.0/,
  ],
  ["a scale below one", (p) => (p.inputs[0].scale = 2 ** 14), /instruction 9 has a scale of -2\.0 bits/],
  [
    "hoisting under seal-4.1",
    (p) => (p.instructions[2] = { op: "decompose", a: 0 }),
    /is decompose, which seal-4\.1 does not know/,
  ],
  [
    "a decomposed value as an operand",
    (p) => (Object.assign(p, HOISTED), (p.instructions[2] = { op: "decompose", a: 0 })),
    /value 2, which is decomposed/,
  ],
  [
    "a hoisted rotation of what was not decomposed",
    (p) => (Object.assign(p, HOISTED), (p.instructions[2] = { op: "rotateHoisted", a: 0, step: 1, ext: false })),
    /was not decomposed/,
  ],
  [
    "modDown of a value in Q",
    (p) => (Object.assign(p, HOISTED), (p.instructions[2] = { op: "modDown", a: 0, times: 0 })),
    /not in the extended basis/,
  ],
  [
    "relineariseExt of a value of degree 1",
    (p) => (Object.assign(p, HOISTED), (p.instructions[2] = { op: "relineariseExt", a: 0 })),
    /relinearises a value of degree 1/,
  ],
  [
    "a hoisted rotation by nothing that stays in Q",
    (p) => {
      Object.assign(p, HOISTED);
      p.instructions[1] = { op: "decompose", a: 0 };
      p.instructions[2] = { op: "rotateHoisted", a: 1, step: 0, ext: false };
    },
    /rotates by nothing/,
  ],
  [
    "digits of an extended value taken out of the extended basis",
    (p) => {
      Object.assign(p, HOISTED);
      p.instructions[1] = { op: "decompose", a: 0 };
      p.instructions[2] = { op: "rotateHoisted", a: 1, step: 1, ext: true };
      p.instructions[3] = { op: "decompose", a: 2 };
      p.instructions[4] = { op: "rotateHoisted", a: 3, step: 1, ext: false };
    },
    /takes digits of a value in the extended basis out of it/,
  ],
  [
    "a modDown that drops every prime",
    (p) => {
      Object.assign(p, HOISTED);
      p.instructions[1] = { op: "decompose", a: 0 };
      p.instructions[2] = { op: "rotateHoisted", a: 1, step: 1, ext: true };
      p.instructions[3] = { op: "modDown", a: 2, times: 4 };
    },
    /drops 4 primes at level 4/,
  ],
  [
    "addExt of values in Q",
    (p) => (Object.assign(p, HOISTED), (p.instructions[4] = { op: "addExt", a: 1, b: 3 })),
    /another basis than QP/,
  ],
  // Constants
  [
    "a constant that is not there",
    (p) => (p.instructions[1] = { op: "mulPlain", a: 0, constant: 4 }),
    /uses constant 4, which is not there/,
  ],
  [
    "a constant nobody uses",
    (p) => p.constants.push({ kind: "plain", basis: "Q", level: 1, scale: 1 }),
    /constant 4 of 5 is never used/,
  ],
  ["a constant at another level", (p) => (p.constants[0].level = 3), /constant 0 at level 4, and it is at level 3/],
  ["a constant in another basis", (p) => (p.constants[0].basis = "QP"), /constant 0 in basis Q, and it is in QP/],
  ["a polynomial used as a scalar", (p) => (p.constants[3].kind = "plain"), /constant 3 as scalar, and it is plain/],
  ["an addend of another scale", (p) => (p.constants[2].scale = 2 ** 29), /adds a constant of another scale/],
  [
    "an addend with the scale of another value",
    (p) => (p.constants[2].scale = { like: 4 }),
    /adds a constant of another scale/,
  ],
  ["an addend like a value to come", (p) => (p.constants[2].scale = { like: 9 }), /uses value 9 before it is defined/],
  // Compact results
  [
    "a compact result above level 1",
    (p) => (p.instructions[14] = { op: "compact", a: 9, ring: 1024, bits: 16, period: 4 }),
    /at level 2 instead of 1/,
  ],
  [
    "a compact result of another ring",
    (p) => (p.instructions[14] = { op: "compact", a: 13, ring: 2048, bits: 16, period: 4 }),
    /degree 2048/,
  ],
  [
    "a compact result of too few bits",
    (p) => (p.instructions[14] = { op: "compact", a: 13, ring: 1024, bits: 13, period: 4 }),
    /13 bits/,
  ],
  [
    "a compact result of a period that is no power of two",
    (p) => (p.instructions[14] = { op: "compact", a: 13, ring: 1024, bits: 16, period: 6 }),
    /period 6/,
  ],
  [
    "a compact result of 18 bits and 64 values",
    (p) => (p.instructions[14] = { op: "compact", a: 13, ring: 1024, bits: 18, period: 64 }),
    /period 64/,
  ],
  [
    "a compact result that is no output",
    (p) => ((p.outputs[0].value = 13), p.instructions.push({ op: "negate", a: 14 })),
    /value 14, which is compact/,
  ],
  [
    "a value used after it was compacted",
    (p) => (p.instructions.push({ op: "negate", a: 13 }), p.outputs.push({ ...p.outputs[0], value: 15 })),
    /uses value 13 after it was made a compact result/,
  ],
  // Inputs
  [
    "an input that is not there",
    (p) => (p.instructions[0] = { op: "input", input: 1 }),
    /reads input 1, which is not there/,
  ],
  ["an input nobody reads", (p) => p.inputs.push({ ...p.inputs[0], name: "z" }), /input "z" is read 0 times/],
  [
    "an input read twice",
    (p) => (p.instructions[12] = { op: "input", input: 0 }),
    /instruction 13 adds values at level 1 and level 4/,
  ],
  ["an input above the top level", (p) => (p.inputs[0].level = 7), /input "x" is at level 7 of 6/],
  [
    "an input layout of more slots than there are",
    (p) =>
      (p.inputs[0].layout = { kind: "gather", shape: [3], period: 8192, indices: new Array<number>(8192).fill(0) }),
    /repeats with 8192/,
  ],
  [
    "an input period that is no power of two",
    (p) => (p.inputs[0].layout = { kind: "gather", shape: [3], period: 3, indices: [0, 1, 2] }),
    /repeats with 3/,
  ],
  ["an input layout with too few indices", (p) => p.inputs[0].layout.indices.pop(), /places 3 of 4 slots/],
  ["an index beyond the input", (p) => (p.inputs[0].layout.indices[3] = 3), /places an element it does not have/],
  ["an index below −1", (p) => (p.inputs[0].layout.indices[3] = -2), /inputs\[0\]\.layout\.indices\[3\]/],
  ["an input layout without elements", (p) => (p.inputs[0].layout.indices = [-1, -1, -1, -1]), /places no element/],
  ["an empty range", (p) => (p.inputs[0].range.min = "2"), /has an empty range/],
  // Outputs
  [
    "an output above level 1",
    (p) => (
      (p.instructions = p.instructions.slice(0, 10)),
      (p.constants = p.constants.slice(0, 3)),
      (p.outputs[0].value = 9)
    ),
    /neither a compact result nor a linear ciphertext at level 1/,
  ],
  ["two outputs of the same value", (p) => p.outputs.push({ ...p.outputs[0] }), /two outputs are the same value/],
  ["an output outside its period", (p) => (p.outputs[0].layout.slots = [0, 4]), /read outside its period/],
  ["an output that reads a slot twice", (p) => (p.outputs[0].layout.slots = [1, 1]), /reads a slot twice/],
  [
    "an output period other than the compact one",
    (p) => (p.outputs[0].layout.period = 8),
    /repeats with 8, and its compact result with 4/,
  ],
  ["labels for other than its values", (p) => p.outputs[0].labels.pop(), /has 1 labels for 2 values/],
  ["a bound of nothing", (p) => (p.outputs[0].bound = "0"), /no positive bound/],
  // Keys
  ["a missing key", (p) => p.keys.shift(), /needs the Galois key of element 3 at level 4 and does not list it/],
  [
    "a superfluous key",
    (p) => p.keys.splice(1, 0, { kind: "galois", element: 5, gadget: 1, level: 1 }),
    /lists the Galois key of element 5 at level 1 and does not need it/,
  ],
  [
    "a key at too low a level",
    (p) => (p.keys[0] = { kind: "galois", element: 3, gadget: 1, level: 3 }),
    /needs the Galois key of element 3 at level 4/,
  ],
  [
    "a key at too high a level",
    (p) => (p.keys[2] = { kind: "relin", gadget: 1, level: 4 }),
    /needs the relinearisation key at level 3/,
  ],
  ["keys out of order", (p) => p.keys.reverse(), /out of order/],
  ["a key listed twice", (p) => p.keys.unshift(p.keys[0]), /listed twice/],
  ["a missing small key", (p) => p.keys.pop(), /needs the compactPublic key of ring 1024/],
  // Sizes, layers
  ["key bytes that are not exact", (p) => p.estimates.keyBytes--, /states 1241623 keyBytes where there are 1241624/],
  ["input bytes that are not exact", (p) => p.estimates.inputBytes++, /inputBytes/],
  ["result bytes that are not exact", (p) => p.estimates.resultBytes++, /resultBytes/],
  ["an error bound of nothing", (p) => (p.estimates.errorBound = "0"), /no positive error bound/],
  ["layers that overlap", (p) => (p.layers[1].from = 5), /layer "square" lies outside/],
  ["a layer beyond the instructions", (p) => (p.layers[2].to = 16), /layer "last" lies outside/],
  // Form
  ["another version", (p) => Object.assign(p, { version: 2 }), /at version/],
  ["an unknown field", (p) => Object.assign(p, { note: "hello" }), /Unrecognized key/],
  ["an unknown instruction", (p) => Object.assign(p.instructions[2], { op: "reveal" }), /instructions\[2\]/],
  ["a field too many in an instruction", (p) => Object.assign(p.instructions[2], { b: 1 }), /Unrecognized key/],
  ["a float", (p) => (p.inputs[0].scale = 2 ** 30 + 0.5), /at inputs\[0\]\.scale/],
  ["a scale above 53 bits", (p) => (p.constants[0].scale = 2 ** 53), /at constants\[0\]\.scale/],
  ["a range that is no decimal", (p) => (p.inputs[0].range.max = "1e3"), /at inputs\[0\]\.range\.max/],
  ["a decimal with needless zeros", (p) => (p.inputs[0].range.max = "1.0"), /at inputs\[0\]\.range\.max/],
  ["no outputs", (p) => (p.outputs = []), /at outputs/],
  ["a parameter set with a prime too many", (p) => p.params.data.push(1073692673), /parameter set does not exist/],
  [
    "a parameter set of other primes than its constants",
    (p) => Object.assign(p, { params: N16384_D13_S1.set }),
    /states 1241624 keyBytes where there are 2479640/,
  ],
];

describe("a plan is refused with", function () {
  this.timeout(10_000);

  for (const [what, change, message] of REFUSALS) {
    it(what, () => {
      expect(() => checkPlan(changed(change))).to.throw(PlanError, message);
    });
  }

  it("scales of so many digits that reading them would cost time", () => {
    const plan = changed((copy) => {
      copy.params = structuredClone(N16384_D13_S1.set) as Mutable<Plan>["params"];
      copy.inputs[0].level = 13;
      copy.inputs[0].scale = 2 ** 30;
      copy.instructions = [{ op: "input", input: 0 }];
      for (let a = 0; a < 60; a++) copy.instructions.push({ op: "square", a });
    });
    expect(() => checkPlan(plan)).to.throw(PlanError, /instruction/);
    const started = process.cpuUsage();
    expect(() => checkPlan(plan)).to.throw(PlanError);
    expect(process.cpuUsage(started).user).to.be.below(200_000);
  });
});
