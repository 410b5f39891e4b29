import type { ConstantId } from "../plan/plan.ts";
import { conjugationElement, galoisElement } from "../ring/automorphism.ts";
import type { Ciphertext } from "../kernel/handles.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Evaluator } from "./engine.ts";
import { EngineError } from "./errors.ts";
import type { SimdConstant } from "./simd-constants.ts";
import type { SimdKeys } from "./simd-keys.ts";

/**
 * The kernel behind the common interface. A result belongs to the owner of the first operand, which is the run.
 *
 * @param n ring degree
 * @param constants one a constant of the plan
 */
export function createSimdEvaluator(
  kernel: Kernel,
  n: number,
  constants: readonly SimdConstant[],
  keys: SimdKeys,
): Evaluator<Ciphertext> {
  function applyGalois(a: Ciphertext, element: number): Ciphertext {
    return opaque(kernel.rotate(a, keys.galois(element, a.level)));
  }

  return {
    add: (a, b) => opaque(kernel.add(a, b)),
    sub: (a, b) => opaque(kernel.sub(a, b)),
    mul: (a, b) => opaque(kernel.mul(a, b)),
    negate: (a) => opaque(kernel.negate(a)),
    square: (a) => opaque(kernel.mul(a, a)),
    relinearise: (a) => opaque(kernel.relinearise(a, keys.relinearisation(a.level))),
    conjugate: (a) => applyGalois(a, conjugationElement(n)),
    addPlain: (a, constant) => opaque(kernel.addPlain(a, polynomialOf(constants, constant))),
    mulPlain: (a, constant) => opaque(kernel.mulPlain(a, polynomialOf(constants, constant))),
    mulScalar: (a, constant) => opaque(kernel.mulScalar(a, scalarOf(constants, constant))),
    rescale: (a, times) => opaque(kernel.rescale(a, times)),
    modSwitch: (a, times) => opaque(kernel.modSwitch(a, times)),
    rotate: (a, step) => applyGalois(a, galoisElement(step, n)),
    dispose(value) {
      value.dispose();
    },
  };
}

/**
 * Refuses a transparent result, as node-seal does: one whose components after the first are all zero hides nothing. An honest value is
 * recognised by its first residues.
 */
function opaque(value: Ciphertext): Ciphertext {
  const { words } = value.machine.arena;
  for (let component = 1; component < value.components; component++) {
    for (let limb = 0; limb < value.limbs; limb++) {
      const at = value.at(component, limb) / 4;
      for (let k = 0; k < value.machine.n; k++) if (words[at + k] !== 0) return value;
    }
  }
  value.dispose();
  throw new EngineError("ENGINE_TRANSPARENT", "An intermediate result is transparent: its second component is zero.");
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
