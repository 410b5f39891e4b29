/**
 * The engine on node-seal: plans of semantics `seal-4.1` (docs/spec/seal-4.1.md). Constants, keys and inputs were validated by their parsers;
 * what SEAL does not check, it is not handed.
 */
import type { Ciphertext as SealCiphertext, Plaintext } from "node-seal";
import type { KeyPack } from "../ckks/key-pack.ts";
import type { PlanConstant } from "../plan/plan.ts";
import type { CheckedPlan } from "../plan/typecheck.ts";
import { splitConstants } from "./constants.ts";
import { encryptedPorts, type ResidueCodec } from "./encrypted-ports.ts";
import type { EncryptedModel, EncryptedUser } from "./engine.ts";
import { EngineError } from "./errors.ts";
import { runPlan, runTo } from "./run.ts";
import { loadCiphertext, loadPlaintext, saveCiphertext } from "./seal-codec.ts";
import { openSealSession, type SealSession } from "./seal-context.ts";
import { createSealEvaluator } from "./seal-evaluator.ts";
import { SealScope } from "./seal-handles.ts";
import { openSealKeys } from "./seal-keys.ts";
import { stateDigest } from "./state.ts";

/** A model on node-seal: keys are the packs of one key set, inputs parsed ciphertexts. */
export type SealModel = EncryptedModel;

/** One user's keys on node-seal. Disposed before their model. */
export type SealUser = EncryptedUser;

/**
 * Prepares a model for evaluation on node-seal.
 *
 * @param checked from `typecheck`, semantics `seal-4.1`
 * @param constants residues of all constants (docs/formats.md, section 7, "plaintext of the body")
 * @throws EngineError when the plan is of other semantics, the parameter set is not of SEAL's kind, or the constants do not fit the plan
 */
export async function loadSealModel(checked: CheckedPlan, constants: Uint32Array): Promise<SealModel> {
  const { plan } = checked;
  if (plan.semantics !== "seal-4.1") {
    throw new EngineError(
      "ENGINE_UNSUPPORTED",
      `node-seal evaluates plans of semantics seal-4.1, not ${plan.semantics}.`,
    );
  }
  const views = splitConstants(plan, constants);
  using scope = new SealScope();
  const session = await openSealSession(scope, plan.params);
  const plaintexts = plan.constants.map((constant, index) => {
    return scope.own(loadPlaintext(session, fillOut(views[index], constant, plan.params.n), constant.level));
  });
  const owned = scope.move();
  return {
    plan,
    openKeys: (packs, options) => openUser({ checked, session, plaintexts }, packs, options),
    [Symbol.dispose]() {
      owned[Symbol.dispose]();
    },
  };
}

interface Loaded {
  readonly checked: CheckedPlan;
  readonly session: SealSession;
  readonly plaintexts: readonly Plaintext[];
}

async function openUser(
  { checked, session, plaintexts }: Loaded,
  packs: readonly KeyPack[],
  options: Parameters<SealModel["openKeys"]>[1],
): Promise<SealUser> {
  const { plan } = checked;
  using scope = new SealScope();
  // Runs need to know whose the keys are; the packs themselves are as large as the keys.
  const named = packs.map(({ keySetId }) => ({ keySetId }));
  const keys = await openSealKeys(scope, session, plan.keys, packs, options);
  const evaluator = createSealEvaluator(scope, session, plaintexts, keys);
  const codec: ResidueCodec<SealCiphertext> = {
    load: (polynomials, level) => loadCiphertext(session, polynomials, level),
    save: (value) => saveCiphertext(session, value),
  };
  const owned = scope.move();
  return {
    async run(inputs, runOptions = {}) {
      const ports = encryptedPorts({ checked, packs: named, inputs, options: runOptions }, codec);
      return runPlan(plan, evaluator, ports, runOptions);
    },
    async stateAt(inputs, step, workOptions) {
      const ports = encryptedPorts({ checked, packs: named, inputs, options: {} }, codec);
      return runTo(plan, evaluator, ports, step, (value) => stateDigest(codec.save(value)), workOptions);
    },
    [Symbol.dispose]() {
      owned[Symbol.dispose]();
    },
  };
}

/** A scalar's residues repeated over every slot of their limbs; a polynomial as it is. */
function fillOut(residues: Uint32Array, { kind }: PlanConstant, n: number): Uint32Array {
  if (kind === "plain") return residues;
  const out = new Uint32Array(residues.length * n);
  residues.forEach((residue, i) => out.fill(residue, i * n, (i + 1) * n));
  return out;
}
