import type { Ciphertext, Plaintext } from "node-seal";
import { conjugationElement, galoisElement } from "../ring/automorphism.ts";
import type { ConstantId } from "../plan/plan.ts";
import type { Evaluator } from "./engine.ts";
import { EngineError } from "./errors.ts";
import type { SealSession } from "./seal-context.ts";
import { own, release, type SealScope } from "./seal-handles.ts";
import type { SealKeys } from "./seal-keys.ts";

/**
 * SEAL's evaluator behind the common interface. All scales are 1 to SEAL; the plan's types carry the real ones.
 *
 * @param owner owns the evaluator
 * @param plaintexts one a constant of the plan; scalars filled out to every slot
 */
export function createSealEvaluator(
  owner: SealScope,
  session: SealSession,
  plaintexts: readonly Plaintext[],
  keys: SealKeys,
): Evaluator<Ciphertext> {
  const { seal, context, params } = session;
  const evaluator = owner.own(new seal.Evaluator(context));

  function make(compute: (out: Ciphertext) => void): Ciphertext {
    const out = own(new seal.Ciphertext());
    try {
      compute(out);
      return out;
    } catch (error) {
      release(out);
      throw explain(error);
    }
  }

  function applyGalois(a: Ciphertext, element: number): Ciphertext {
    const key = keys.galois(element, a.coeffModulusSize());
    return make((out) => {
      evaluator.applyGalois(a, element, key, out);
    });
  }

  function mulPlain(a: Ciphertext, constant: ConstantId): Ciphertext {
    return make((out) => {
      evaluator.multiplyPlain(a, plaintexts[constant], out);
    });
  }

  return {
    add: (a, b) =>
      make((out) => {
        evaluator.add(a, b, out);
      }),
    sub: (a, b) =>
      make((out) => {
        evaluator.sub(a, b, out);
      }),
    mul: (a, b) =>
      make((out) => {
        evaluator.multiply(a, b, out);
      }),
    negate: (a) =>
      make((out) => {
        evaluator.negate(a, out);
      }),
    square: (a) =>
      make((out) => {
        evaluator.square(a, out);
      }),
    relinearise(a) {
      const key = keys.relinearisation(a.coeffModulusSize());
      return make((out) => {
        evaluator.relinearize(a, key, out);
      });
    },
    conjugate: (a) => applyGalois(a, conjugationElement(params.n)),
    addPlain: (a, constant) =>
      make((out) => {
        evaluator.addPlain(a, plaintexts[constant], out);
      }),
    mulPlain,
    // SEAL has no product with a scalar; the polynomial that repeats it in every slot gives the same residues.
    mulScalar: mulPlain,
    rescale: (a, times) =>
      make((out) => {
        out.assign(a);
        for (let i = 0; i < times; i++) {
          evaluator.rescaleToNextInplace(out);
          out.setScale(1);
        }
      }),
    modSwitch: (a, times) =>
      make((out) => {
        out.assign(a);
        for (let i = 0; i < times; i++) evaluator.cipherModSwitchToNextInplace(out);
      }),
    rotate: (a, step) => applyGalois(a, galoisElement(step, params.n)),
    dispose: release,
  };
}

/** node-seal throws a `WebAssembly.Exception` whose message is [C++ type, text]; the text never holds data. */
function explain(error: unknown): unknown {
  const message: unknown =
    typeof error === "object" && error !== null && "message" in error ? error.message : undefined;
  if (!Array.isArray(message) || typeof message[1] !== "string") return error;
  return message[1] === "result ciphertext is transparent"
    ? new EngineError("ENGINE_TRANSPARENT", "An intermediate result is transparent: its second component is zero.", {
        cause: error,
      })
    : new EngineError("ENGINE_FAILED", `node-seal refused an operation: ${message[1]}.`, { cause: error });
}
