/** docs/spec/seal-4.1.md, as `fhe/ring/reference` writes it, against node-seal: the same residues for every instruction at every level. */
import type { Ciphertext } from "node-seal";
import { expect } from "chai";
import {
  add,
  addPlain,
  applyGalois,
  modSwitch,
  multiply,
  multiplyPlain,
  negate,
  relinearise,
  rescale,
  subtract,
  type Components,
} from "../ckks/components.ts";
import { entryOf, type KeyNeed } from "../../../../offchain/fhe/ckks/key-need.ts";
import { generatePack, parsePack, type KeyPack } from "../../../../offchain/fhe/ckks/key-pack.ts";
import { limb } from "../../../../offchain/fhe/ckks/residues.ts";
import { expandSwitchingKey, type KeyDigit } from "../../../../offchain/fhe/ckks/switching-key.ts";
import { untrusted } from "../../../../offchain/fhe/ckks/untrusted.ts";
import type { Evaluator } from "../../../../offchain/fhe/engine/engine.ts";
import { loadCiphertext, loadPlaintext, saveCiphertext } from "../../../../offchain/fhe/engine/seal-codec.ts";
import type { SealSession } from "../../../../offchain/fhe/engine/seal-context.ts";
import { createSealEvaluator } from "../../../../offchain/fhe/engine/seal-evaluator.ts";
import { release, SealScope } from "../../../../offchain/fhe/engine/seal-handles.ts";
import { openSealKeys } from "../../../../offchain/fhe/engine/seal-keys.ts";
import { conjugationElement, galoisElement } from "../../../../offchain/fhe/ring/automorphism.ts";
import { expand, keySet, params, secret } from "../ckks/fixtures.ts";
import { holdSeal } from "./hold-seal.ts";

const STEPS = [1, 4095];
const elements = [...STEPS.map((step) => galoisElement(step, params.n)), conjugationElement(params.n)];
const needs: KeyNeed[] = [
  ...elements.map((element): KeyNeed => ({ kind: "galois", element, gadget: 1, level: 6 })),
  { kind: "relin", gadget: 1, level: 6 },
];

/** A uniform polynomial; no honest ciphertext looks otherwise. */
function uniform(label: string, level: number): Uint32Array {
  return expand(new Uint8Array(32).fill(7), label, params, level, "Q");
}

describe("semantics seal-4.1 of the reference and on node-seal", () => {
  const scope = new SealScope();
  let session: SealSession;
  let pack: KeyPack;
  let evaluator: Evaluator<Ciphertext>;
  before(async () => {
    session = await holdSeal();
    const options = { params, keySetId: keySet, maxBytes: 100_000_000 };
    pack = parsePack(untrusted(await generatePack(secret, keySet, needs, { expand })), options);
    const keys = await openSealKeys(scope, session, needs, [pack]);
    const plains = Array.from({ length: 6 }, (_, i) =>
      scope.own(loadPlaintext(session, uniform("plain", i + 1), i + 1)),
    );
    evaluator = createSealEvaluator(scope, session, plains, keys);
  });
  after(() => {
    scope[Symbol.dispose]();
  });

  function key(need: KeyNeed, level: number): KeyDigit[] {
    const entry = entryOf(need);
    const packed = pack.keys.find(({ kind, element }) => kind === entry.kind && element === entry.element)!;
    return [...expandSwitchingKey(packed.body, packed, params, keySet, level, expand)];
  }

  function galoisKey(element: number, level: number): KeyDigit[] {
    return key({ kind: "galois", element, gadget: 1, level }, level);
  }

  function random(label: string, level: number, size = 2): Components {
    return { params, level, polynomials: Array.from({ length: size }, (_, i) => uniform(`${label}/${i}`, level)) };
  }

  /** Runs an instruction on node-seal and compares every residue. */
  function check(
    level: number,
    expected: Components,
    compute: (e: typeof evaluator, a: Ciphertext, b: Ciphertext) => Ciphertext,
    size = 2,
  ): void {
    using local = new SealScope();
    const a = local.own(loadCiphertext(session, random("a", level, size).polynomials, level));
    const b = local.own(loadCiphertext(session, random("b", level, size).polynomials, level));
    const out = compute(evaluator, a, b);
    const polynomials = saveCiphertext(session, out);
    release(out);
    expect(polynomials.length).to.equal(expected.polynomials.length);
    polynomials.forEach((polynomial, k) => {
      expect(
        Buffer.compare(Buffer.from(polynomial.buffer), Buffer.from(expected.polynomials[k].buffer)),
        `c${k} at level ${level}`,
      ).to.equal(0);
    });
  }

  for (let level = 1; level <= 6; level++) {
    describe(`at level ${level}`, () => {
      const a = random("a", level);
      const b = random("b", level);

      it("adds, subtracts and negates", () => {
        check(level, add(a, b), (e, x, y) => e.add(x, y));
        check(level, subtract(a, b), (e, x, y) => e.sub(x, y));
        check(level, negate(a), (e, x) => e.negate(x));
        check(level, add(random("a", level, 3), random("b", level, 3)), (e, x, y) => e.add(x, y), 3);
      });

      it("adds and multiplies plaintexts and scalars", () => {
        const plain = uniform("plain", level);
        check(level, addPlain(a, plain), (e, x) => e.addPlain(x, level - 1));
        check(level, multiplyPlain(a, plain), (e, x) => e.mulPlain(x, level - 1));
        check(level, multiplyPlain(a, plain), (e, x) => e.mulScalar(x, level - 1));
      });

      it("multiplies, squares and relinearises", () => {
        check(level, multiply(a, b), (e, x, y) => e.mul(x, y));
        check(level, multiply(a, a), (e, x) => e.square(x));
        const degree2 = random("a", level, 3);
        check(
          level,
          relinearise(degree2, key({ kind: "relin", gadget: 1, level }, level)),
          (e, x) => e.relinearise(x),
          3,
        );
      });

      it("rotates and conjugates", () => {
        for (const step of STEPS) {
          const element = galoisElement(step, params.n);
          check(level, applyGalois(a, element, galoisKey(element, level)), (e, x) => e.rotate(x, step));
        }
        const element = conjugationElement(params.n);
        check(level, applyGalois(a, element, galoisKey(element, level)), (e, x) => e.conjugate(x));
      });

      if (level > 1) {
        it("rescales and drops primes, one or several at a time", () => {
          check(level, rescale(a), (e, x) => e.rescale(x, 1));
          check(level, modSwitch(a), (e, x) => e.modSwitch(x, 1));
          check(level, rescale(random("a", level, 3)), (e, x) => e.rescale(x, 1), 3);
          if (level > 2) {
            check(level, rescale(rescale(a)), (e, x) => e.rescale(x, 2));
            check(level, modSwitch(modSwitch(a)), (e, x) => e.modSwitch(x, 2));
          }
        });
      }
    });
  }

  it("rounds halves of a division the way SEAL does, at the edges of every limb", () => {
    // Constants: last limb just below, at and above half of the prime that is dropped.
    const last = params.data[1];
    const half = (last - 1) / 2;
    for (const value of [0, 1, half - 1, half, half + 1, last - 1]) {
      const level = 2;
      const polynomial = new Uint32Array(level * params.n);
      limb(polynomial, 0, params.n).fill(5);
      limb(polynomial, 1, params.n).fill(value);
      const x: Components = { params, level, polynomials: [polynomial, uniform("edge", level)] };
      using local = new SealScope();
      const handle = local.own(loadCiphertext(session, x.polynomials, level));
      const out = local.own(evaluator.rescale(handle, 1));
      expect(saveCiphertext(session, out)).to.deep.equal(rescale(x).polynomials);
    }
  });
});
