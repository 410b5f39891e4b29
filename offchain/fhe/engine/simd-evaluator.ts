import type { ConstantId } from "../plan/plan.ts";
import { conjugationElement, galoisElement } from "../ring/automorphism.ts";
import { Digits, type Ciphertext, type SwitchKey } from "../kernel/handles.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Evaluator, HoistedEvaluator } from "./engine.ts";
import type { SimdConstant } from "./simd-constants.ts";
import type { SimdKeys } from "./simd-keys.ts";
import { computed, product, SimdValue, sum, type SimdOperand } from "./simd-value.ts";

/**
 * The kernel behind the common interface, of either semantics. What a result is computed into belongs to the owner of the first operand, which is the run.
 *
 * @param n ring degree
 * @param constants one a constant of the plan
 */
export function createSimdEvaluator(
  kernel: Kernel,
  n: number,
  constants: readonly SimdConstant[],
  keys: SimdKeys,
): Evaluator<SimdOperand> {
  const elements = new Map<number, number>();
  /** An element takes as many steps to compute as it rotates by. */
  function elementOf(step: number): number {
    const element = elements.get(step) ?? galoisElement(step, n);
    elements.set(step, element);
    return element;
  }
  function keyFor(step: number, level: number): SwitchKey {
    return keys.galois(elementOf(step), level);
  }
  function residues(operand: SimdOperand): Ciphertext {
    return valueOf(operand).residues(kernel);
  }
  function times(operand: SimdOperand, constant: ConstantId): SimdValue {
    const plain = polynomialOf(constants, constant);
    const value = valueOf(operand);
    const { components } = residues(value);
    return components === 2 ? product(kernel, value, plain) : computed(kernel.mulPlain(residues(value), plain));
  }
  const add = (a: SimdOperand, b: SimdOperand): SimdValue => sum(kernel, valueOf(a), valueOf(b));

  const hoisted: HoistedEvaluator<SimdOperand> = {
    relineariseExt(a) {
      const value = residues(a);
      return computed(kernel.relineariseExtended(value, keys.relinearisation(value.level)));
    },
    decompose: (a) => kernel.decompose(residues(a)),
    rotateHoisted(a, step, ext) {
      const digits = digitsOf(a);
      if (step === 0) return computed(kernel.extend(digits));
      const key = keyFor(step, digits.level);
      return computed(ext ? kernel.rotateHoistedExtended(digits, key) : kernel.rotateHoisted(digits, key));
    },
    mulPlainExt: times,
    addExt: add,
    modDown: (a, count) => computed(kernel.modDown(residues(a), count)),
  };

  return {
    add,
    sub: (a, b) => computed(kernel.sub(residues(a), residues(b))),
    mul: (a, b) => computed(kernel.mul(residues(a), residues(b))),
    negate: (a) => computed(kernel.negate(residues(a))),
    square(a) {
      const value = residues(a);
      return computed(kernel.mul(value, value));
    },
    relinearise(a) {
      const value = residues(a);
      return computed(kernel.relinearise(value, keys.relinearisation(value.level)));
    },
    conjugate(a) {
      const value = residues(a);
      return computed(kernel.rotate(value, keys.galois(conjugationElement(n), value.level)));
    },
    addPlain(a, id) {
      const constant = constants[id];
      const value = residues(a);
      const result =
        constant.kind === "scalar"
          ? kernel.addScalar(value, constant.residues)
          : kernel.addPlain(value, constant.plain);
      return computed(result);
    },
    mulPlain: times,
    mulScalar: (a, constant) => computed(kernel.mulScalar(residues(a), scalarOf(constants, constant))),
    combine(terms) {
      const products = terms.map(({ value, constant }) => ({
        value: residues(value),
        scalar: scalarOf(constants, constant),
      }));
      return computed(kernel.sumOfScalarProducts(products));
    },
    rescale: (a, count) => computed(kernel.rescale(residues(a), count)),
    modSwitch: (a, count) => computed(kernel.modSwitch(residues(a), count)),
    rotate(a, step) {
      const value = residues(a);
      return computed(kernel.rotate(value, keyFor(step, value.level)));
    },
    hoisted,
    dispose(value) {
      value.dispose();
    },
  };
}

/** The ciphertext an operand is. @throws RangeError when it is digits */
export function valueOf(operand: SimdOperand): SimdValue {
  if (operand instanceof Digits) throw new RangeError("the plan uses digits as a ciphertext: it was not checked");
  return operand;
}

function digitsOf(operand: SimdOperand): Digits {
  if (!(operand instanceof Digits)) throw new RangeError("the plan hoists what was not decomposed: it was not checked");
  return operand;
}

function polynomialOf(
  constants: readonly SimdConstant[],
  id: ConstantId,
): Extract<SimdConstant, { kind: "plain" }>["plain"] {
  const constant = constants[id];
  if (constant.kind !== "plain") throw new RangeError("the plan uses a scalar as a polynomial: it was not checked");
  return constant.plain;
}

function scalarOf(constants: readonly SimdConstant[], id: ConstantId): Uint32Array {
  const constant = constants[id];
  if (constant.kind !== "scalar") throw new RangeError("the plan uses a polynomial as a scalar: it was not checked");
  return constant.residues;
}
