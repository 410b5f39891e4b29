/** The SIMD engine against node-seal, instruction by instruction: the same residues at every level, the same refusals of transparent results. */
import type { Ciphertext as SealCiphertext } from "node-seal";
import { expect } from "chai";
import type { KeyNeed } from "../../../../offchain/fhe/ckks/key-need.ts";
import type { Evaluator } from "../../../../offchain/fhe/engine/engine.ts";
import { EngineError } from "../../../../offchain/fhe/engine/errors.ts";
import { loadCiphertext, loadPlaintext, saveCiphertext } from "../../../../offchain/fhe/engine/seal-codec.ts";
import type { SealSession } from "../../../../offchain/fhe/engine/seal-context.ts";
import { createSealEvaluator } from "../../../../offchain/fhe/engine/seal-evaluator.ts";
import { release, SealScope } from "../../../../offchain/fhe/engine/seal-handles.ts";
import { openSealKeys } from "../../../../offchain/fhe/engine/seal-keys.ts";
import { limbsOf } from "../../../../offchain/fhe/engine/simd-constants.ts";
import { createSimdEvaluator, valueOf } from "../../../../offchain/fhe/engine/simd-evaluator.ts";
import { openSimdKeys } from "../../../../offchain/fhe/engine/simd-keys.ts";
import { given, type SimdOperand } from "../../../../offchain/fhe/engine/simd-value.ts";
import { createExpander } from "../../../../offchain/fhe/kernel/expander.ts";
import { createKernel, type Kernel } from "../../../../offchain/fhe/kernel/kernel.ts";
import { Owner } from "../../../../offchain/fhe/kernel/owner.ts";
import { conjugationElement, galoisElement } from "../../../../offchain/fhe/ring/automorphism.ts";
import { expand, params } from "../ckks/fixtures.ts";
import { holdSeal } from "./hold-seal.ts";
import { pack } from "./mixed-plan.ts";

const LEVELS = [1, 2, 3, 4, 5, 6];
const STEPS = [1, 64, 4095];
const elements = [...STEPS.map((step) => galoisElement(step, params.n)), conjugationElement(params.n)];
const keys: KeyNeed[] = [
  ...elements.map((element): KeyNeed => ({ kind: "galois", element, gadget: 1, level: 6 })),
  { kind: "relin", gadget: 1, level: 6 },
];

type Polynomials = readonly Uint32Array[];

/** One instruction on operands of any engine. Constants 0 … 5 are polynomials and 6 … 11 scalars, at levels 1 … 6. */
type Compute = <V>(evaluator: Evaluator<V>, a: V, b: V) => V;

const expanded = new Map<string, Uint32Array>();

/** A uniform polynomial; no honest ciphertext looks otherwise. Not to be changed. */
function uniform(label: string, level: number): Uint32Array {
  const name = `${label}@${level}`;
  const polynomial = expanded.get(name) ?? expand(new Uint8Array(32).fill(9), label, params, level, "Q");
  expanded.set(name, polynomial);
  return polynomial;
}

function value(label: string, level: number, components = 2): Uint32Array[] {
  return Array.from({ length: components }, (_, k) => uniform(`${label}/${k}`, level));
}

/** One residue a limb. */
function scalar(level: number): Uint32Array {
  return uniform("scalar", level).filter((_, i) => i % params.n === 0);
}

describe("the SIMD engine's instructions", function () {
  this.timeout(20_000);
  const scope = new SealScope();
  const owner = new Owner();
  let session: SealSession;
  let kernel: Kernel;
  let onSeal: Evaluator<SealCiphertext>;
  let onSimd: Evaluator<SimdOperand>;

  before(async () => {
    const packs = [await pack(keys)];
    session = await holdSeal();
    kernel = await createKernel({ params, semantics: "seal-4.1" });
    const polynomials = LEVELS.map((level) => uniform("plain", level));
    const repeated = LEVELS.map((level) => {
      const out = new Uint32Array(level * params.n);
      scalar(level).forEach((residue, i) => out.fill(residue, i * params.n, (i + 1) * params.n));
      return out;
    });
    const plaintexts = [...polynomials, ...repeated].map((residues, i) =>
      scope.own(loadPlaintext(session, residues, LEVELS[i % 6])),
    );
    const constants = [
      ...polynomials.map((residues, i) => ({
        kind: "plain" as const,
        plain: kernel.importPlaintext(owner, limbsOf(residues, params.n), LEVELS[i]),
      })),
      ...LEVELS.map((level) => ({ kind: "scalar" as const, residues: scalar(level) })),
    ];
    onSeal = createSealEvaluator(scope, session, plaintexts, await openSealKeys(scope, session, keys, packs));
    onSimd = createSimdEvaluator(
      kernel,
      params.n,
      constants,
      await openSimdKeys({ kernel, expander: await createExpander() }, owner, { params, keys }, packs),
    );
  });
  after(() => {
    scope[Symbol.dispose]();
    owner.dispose();
    expanded.clear();
  });

  /** What node-seal makes of an instruction: residues, or the code it refuses with. */
  function seal(level: number, a: Polynomials, b: Polynomials, compute: Compute): Uint32Array[] | string {
    using local = new SealScope();
    const operands = [a, b].map((polynomials) => local.own(loadCiphertext(session, polynomials, level)));
    return outcome(() => {
      const result = compute(onSeal, operands[0], operands[1]);
      const polynomials = saveCiphertext(session, result);
      release(result);
      return polynomials;
    });
  }

  function simd(level: number, a: Polynomials, b: Polynomials, compute: Compute): Uint32Array[] | string {
    using values = new Owner();
    const load = (polynomials: Polynomials): SimdOperand =>
      given(
        kernel.importCiphertext(
          values,
          polynomials.flatMap((polynomial) => limbsOf(polynomial, params.n)),
          level,
        ),
      );
    return outcome(() => {
      const result = valueOf(compute(onSimd, load(a), load(b))).residues(kernel);
      const rows = kernel.exportCiphertext(result);
      return Array.from({ length: result.components }, (_, k) => {
        const residues = new Uint32Array(result.level * params.n);
        for (let i = 0; i < result.level; i++) residues.set(rows[k * result.level + i], i * params.n);
        return residues;
      });
    });
  }

  function check(level: number, compute: Compute, components = 2): void {
    const [a, b] = [value("a", level, components), value("b", level, components)];
    const expected = seal(level, a, b, compute);
    expect(expected).to.be.an("array");
    expectSame(simd(level, a, b, compute), expected);
  }

  for (const level of LEVELS) {
    it(`give node-seal's residues at level ${level}`, () => {
      check(level, (e, a, b) => e.add(a, b));
      check(level, (e, a, b) => e.add(a, b), 3);
      check(level, (e, a, b) => e.sub(a, b));
      check(level, (e, a, b) => e.sub(a, b), 3);
      check(level, (e, a) => e.negate(a));
      check(level, (e, a) => e.addPlain(a, level - 1));
      check(level, (e, a) => e.addPlain(a, level - 1), 3);
      check(level, (e, a) => e.mulPlain(a, level - 1));
      check(level, (e, a) => e.mulPlain(a, level - 1), 3);
      check(level, (e, a) => e.mulScalar(a, level + 5));
      check(level, (e, a, b) => e.mul(a, b));
      check(level, (e, a) => e.square(a));
      check(level, (e, a) => e.relinearise(a), 3);
      for (const step of STEPS) check(level, (e, a) => e.rotate(a, step));
      check(level, (e, a) => e.conjugate(a));
      for (let times = 1; times < level; times++) {
        check(level, (e, a) => e.rescale(a, times));
        check(level, (e, a) => e.modSwitch(a, times), 3);
      }
      if (level > 1) check(level, (e, a) => e.rescale(a, 1), 3);
    });
  }

  it("round where node-seal rounds, at the edges of every residue", () => {
    const level = 2;
    const [first, last] = params.data;
    for (const edge of [0, 1, (last - 1) / 2 - 1, (last - 1) / 2, (last + 1) / 2, last - 1]) {
      const polynomial = new Uint32Array(level * params.n).fill(first - 1, 0, params.n).fill(edge, params.n);
      const a = [polynomial, uniform("edge", level)];
      for (const compute of [(e, x) => e.rescale(x, 1), (e, x) => e.rotate(x, 1)] satisfies Compute[])
        expectSame(simd(level, a, a, compute), seal(level, a, a, compute));
    }
  });

  it("refuse a transparent result where node-seal does, and leave nothing behind", () => {
    const level = 2;
    const clear = [uniform("clear", level), new Uint32Array(level * params.n)];
    const [clearSquared, honest] = [[...clear, clear[1]], value("honest", level)];
    const opposite = honest.map((polynomial) =>
      polynomial.map((residue, i) => (residue === 0 ? 0 : params.data[Math.floor(i / params.n)] - residue)),
    );
    const taken = kernel.takenCount;
    const cases: [Polynomials, Polynomials, Compute][] = [
      [honest, honest, (e, a, b) => e.sub(a, b)],
      [clear, clear, (e, a, b) => e.add(a, b)],
      [clear, clear, (e, a) => e.negate(a)],
      [clear, clear, (e, a) => e.addPlain(a, 1)],
      [clear, clear, (e, a) => e.mulPlain(a, 1)],
      [clear, clear, (e, a) => e.mulScalar(a, 7)],
      [clear, clear, (e, a) => e.square(a)],
      [clear, clear, (e, a, b) => e.mul(a, b)],
      [clear, clear, (e, a) => e.rotate(a, 1)],
      [clear, clear, (e, a) => e.conjugate(a)],
      [clear, clear, (e, a) => e.rescale(a, 1)],
      [clear, clear, (e, a) => e.modSwitch(a, 1)],
      [clearSquared, clearSquared, (e, a) => e.relinearise(a)],
      // A sum of products that cancel, on its way to one that does not: summed in one pass, it is tested all the same.
      [
        honest,
        opposite,
        (e, a, b) => {
          const [first, second] = [e.mulPlain(a, 1), e.mulPlain(b, 1)];
          try {
            return e.add(e.add(first, second), e.mulPlain(a, 1));
          } finally {
            e.dispose(first);
            e.dispose(second);
          }
        },
      ],
    ];
    cases.forEach(([a, b, compute], index) => {
      const expected = seal(level, a, b, compute);
      expect(expected, `case ${index}`).to.equal("ENGINE_TRANSPARENT");
      expect(simd(level, a, b, compute), `case ${index}`).to.equal(expected);
    });
    expect(kernel.takenCount).to.equal(taken);
  });
});

function outcome(work: () => Uint32Array[]): Uint32Array[] | string {
  try {
    return work();
  } catch (error) {
    if (error instanceof EngineError) return error.code;
    throw error;
  }
}

function expectSame(actual: Uint32Array[] | string, expected: Uint32Array[] | string): void {
  if (typeof actual === "string" || typeof expected === "string") {
    expect(actual).to.equal(expected);
    return;
  }
  expect(actual.length).to.equal(expected.length);
  actual.forEach((polynomial, k) => {
    const same = Buffer.compare(Buffer.from(polynomial.buffer), Buffer.from(expected[k].buffer)) === 0;
    expect(same, `component ${k}`).to.equal(true);
  });
}
