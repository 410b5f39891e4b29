/**
 * The engine on the SIMD kernel: plans of semantics `seal-4.1` (docs/spec/seal-4.1.md), residue for residue what node-seal gives, several
 * times as fast; and plans of semantics `hoisted-1` (docs/spec/hoisted-1.md), faster still.
 */
import type { KeyPack } from "../ckks/key-pack.ts";
import { KernelUseError } from "../kernel/errors.ts";
import { createExpander } from "../kernel/expander.ts";
import { createKernel, type Kernel, type ThreadOptions } from "../kernel/kernel.ts";
import { Owner } from "../kernel/owner.ts";
import type { Plan } from "../plan/plan.ts";
import type { CheckedPlan } from "../plan/typecheck.ts";
import { encryptedPorts, type ResidueCodec } from "./encrypted-ports.ts";
import type { EncryptedModel, EncryptedUser, WorkOptions } from "./engine.ts";
import { EngineError } from "./errors.ts";
import { runPlan, runTo } from "./run.ts";
import { limbsOf, loadSimdConstants, type SimdConstant } from "./simd-constants.ts";
import { createSimdEvaluator, valueOf } from "./simd-evaluator.ts";
import { openSimdKeys, type KeyWorkshop } from "./simd-keys.ts";
import { given, type SimdOperand } from "./simd-value.ts";
import { stateDigest } from "./state.ts";

/** A model on the SIMD kernel: keys are the packs of one key set, inputs parsed ciphertexts. It has a WebAssembly memory of its own. */
export interface SimdModel extends EncryptedModel {
  /** What its memory holds now: constants, the keys of all open users, the values of all runs under way. */
  readonly memory: Pick<Kernel, "takenBytes" | "takenCount" | "memoryBytes" | "threads">;
}

export interface SimdOptions {
  /** Threads that evaluate together, with the same result; one if not given. They end when the model is disposed. */
  readonly threads?: ThreadOptions;
}

/** One user's keys on the SIMD kernel. Disposed before their model. */
export type SimdUser = EncryptedUser;

/**
 * Prepares a model for evaluation on the SIMD kernel.
 *
 * @param checked from `typecheck`
 * @param constants residues of all constants (docs/formats.md, section 7, "plaintext of the body"); not kept. A resizable buffer is emptied
 *   meanwhile, so that memory holds large weights once
 * @throws EngineError when the kernel cannot serve the parameter set under the plan's semantics, or the constants do not fit the plan
 * @param options threads to evaluate with
 * @throws KernelUnavailableError where WebAssembly SIMD is missing
 */
export async function loadSimdModel(
  checked: CheckedPlan,
  constants: Uint32Array,
  options: SimdOptions = {},
): Promise<SimdModel> {
  const { plan } = checked;
  using unfinished = new DisposableStack();
  const kernel = unfinished.use(await openKernel(plan, options));
  const owner = unfinished.use(new Owner());
  const expander = await createExpander();
  const loaded = { checked, kernel, expander, constants: loadSimdConstants(kernel, owner, plan, constants) };
  const whole = unfinished.move();
  return {
    plan,
    memory: kernel,
    openKeys: (packs, workOptions) => openUser(loaded, packs, workOptions),
    [Symbol.dispose]() {
      whole.dispose();
    },
  };
}

interface Loaded extends KeyWorkshop {
  readonly checked: CheckedPlan;
  readonly constants: readonly SimdConstant[];
}

async function openUser(
  { checked, kernel, expander, constants }: Loaded,
  packs: readonly KeyPack[],
  options?: WorkOptions,
): Promise<SimdUser> {
  const { plan } = checked;
  const { n } = plan.params;
  const owner = new Owner();
  try {
    // Runs need to know whose the keys are; the packs themselves are as large as the keys.
    const named = packs.map(({ keySetId }) => ({ keySetId }));
    const keys = await openSimdKeys({ kernel, expander }, owner, plan, packs, options);
    const evaluator = createSimdEvaluator(kernel, n, constants, keys);
    return {
      async run(inputs, runOptions = {}) {
        using values = new Owner();
        const ports = encryptedPorts(
          { checked, packs: named, inputs, options: runOptions },
          codecOf(kernel, values, n),
        );
        return await runPlan(plan, evaluator, ports, runOptions);
      },
      async stateAt(inputs, step, workOptions) {
        using values = new Owner();
        const codec = codecOf(kernel, values, n);
        const ports = encryptedPorts({ checked, packs: named, inputs, options: {} }, codec);
        return await runTo(plan, evaluator, ports, step, (value) => stateDigest(codec.save(value)), workOptions);
      },
      [Symbol.dispose]() {
        owner.dispose();
      },
    };
  } catch (error) {
    owner.dispose();
    throw error;
  }
}

function codecOf(kernel: Kernel, owner: Owner, n: number): ResidueCodec<SimdOperand> {
  return {
    load(polynomials, level) {
      const limbs = polynomials.flatMap((polynomial) => limbsOf(polynomial, n));
      return given(kernel.importCiphertext(owner, limbs, level));
    },
    save(operand) {
      const value = valueOf(operand).residues(kernel);
      const rows = kernel.exportCiphertext(value);
      return Array.from({ length: value.components }, (_, component) => {
        const residues = new Uint32Array(value.limbs * n);
        for (let limb = 0; limb < value.limbs; limb++) residues.set(rows[component * value.limbs + limb], limb * n);
        return residues;
      });
    },
  };
}

async function openKernel({ params, semantics }: Plan, options: SimdOptions): Promise<Kernel> {
  try {
    return await createKernel({ params, semantics, ...options });
  } catch (cause) {
    if (!(cause instanceof KernelUseError)) throw cause;
    throw new EngineError("ENGINE_UNSUPPORTED", `The SIMD engine cannot serve the parameter set ${params.id}.`, {
      cause,
    });
  }
}
