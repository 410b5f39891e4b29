/**
 * The engine on node-seal: plans of semantics `seal-4.1` (docs/spec/seal-4.1.md). Constants, keys and inputs were validated by their parsers;
 * what SEAL does not check, it is not handed.
 */
import type { Ciphertext as SealCiphertext, Plaintext } from "node-seal";
import type { Bytes32 } from "../../digest/hex.ts";
import type { Ciphertext } from "../ckks/ciphertext.ts";
import type { KeyPack } from "../ckks/key-pack.ts";
import { equalParams } from "../ckks/parameters.ts";
import { scaleToNumber } from "../plan/exact-scale.ts";
import type { Plan, PlanConstant } from "../plan/plan.ts";
import type { CheckedPlan } from "../plan/typecheck.ts";
import { splitConstants } from "./constants.ts";
import type { CompactInput, EncryptedOutput, LoadedModel, OpenKeys, RunOptions } from "./engine.ts";
import { EngineError } from "./errors.ts";
import { runPlan, type RunPorts } from "./run.ts";
import { loadCiphertext, loadPlaintext, saveCiphertext } from "./seal-codec.ts";
import { openSealSession, type SealSession } from "./seal-context.ts";
import { createSealEvaluator } from "./seal-evaluator.ts";
import { SealScope } from "./seal-handles.ts";
import { openSealKeys } from "./seal-keys.ts";

/** A model on node-seal: keys are the packs of one key set, inputs parsed ciphertexts. */
export type SealModel = LoadedModel<readonly KeyPack[], Ciphertext, EncryptedOutput>;

/** One user's keys on node-seal. Disposed before their model. */
export type SealUser = OpenKeys<Ciphertext, EncryptedOutput>;

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
  const keys = await openSealKeys(scope, session, plan.keys, packs, options);
  const evaluator = createSealEvaluator(scope, session, plaintexts, keys);
  const owned = scope.move();
  return {
    async run(inputs, runOptions = {}) {
      const keySetId = keySetOf(packs, inputs);
      checkInputs(plan, keySetId, inputs);
      return runPlan(plan, evaluator, portsOf({ checked, session, keySetId, inputs, options: runOptions }), runOptions);
    },
    [Symbol.dispose]() {
      owned[Symbol.dispose]();
    },
  };
}

/** The key set of the packs; of a plan without keys, that of its inputs. */
function keySetOf(packs: readonly KeyPack[], inputs: readonly Ciphertext[]): Bytes32 {
  const source = [...packs, ...inputs].at(0);
  return source?.keySetId ?? refuse("there are none");
}

interface Run {
  readonly checked: CheckedPlan;
  readonly session: SealSession;
  readonly keySetId: Bytes32;
  readonly inputs: readonly Ciphertext[];
  readonly options: RunOptions;
}

function portsOf({ checked, session, keySetId, inputs, options }: Run): RunPorts<SealCiphertext, EncryptedOutput> {
  const { plan, types } = checked;
  const { params } = plan;
  const { compact } = options;
  return {
    input(index) {
      const { c0, c1, level } = inputs[index];
      return loadCiphertext(session, [c0, c1], level);
    },
    output(value, index) {
      const [c0, c1] = savePair(session, value);
      const { level, scale } = types[plan.outputs[index].value];
      const ciphertext = { params, keySetId, level, scale: scaleToNumber(params, scale), c0, c1 };
      return { kind: "ciphertext", ciphertext };
    },
    async compact(value, { ring, bits, period }, output) {
      if (compact === undefined)
        throw new EngineError("ENGINE_INPUTS", "The plan makes compact results, and no compactor was given.");
      const [c0, c1] = savePair(session, value);
      const input: CompactInput = { params, c0, c1, ring, bits, period, output };
      return { kind: "compact", bytes: await compact(input) };
    },
  };
}

/** The two polynomials of a value; one of three would need the square of the secret, which no result format has. */
function savePair(session: SealSession, value: SealCiphertext): Uint32Array[] {
  const polynomials = saveCiphertext(session, value);
  if (polynomials.length !== 2) throw new EngineError("ENGINE_UNSUPPORTED", "An output was not relinearised.");
  return polynomials;
}

function checkInputs({ params, inputs: declared }: Plan, keySetId: Bytes32, inputs: readonly Ciphertext[]): void {
  if (inputs.length !== declared.length)
    refuse(`the plan has ${declared.length} inputs, and ${inputs.length} were given`);
  inputs.forEach((input, index) => {
    const { level, scale } = declared[index];
    if (!equalParams(input.params, params)) refuse(`input ${index} is not of the parameter set ${params.id}`);
    if (input.keySetId !== keySetId) refuse(`input ${index} is of another key set than the keys`);
    if (input.level !== level || input.scale !== scale)
      refuse(`input ${index} is not at the level and scale the plan declares`);
  });
}

function refuse(reason: string): never {
  throw new EngineError("ENGINE_INPUTS", `The inputs were refused: ${reason}.`);
}

/** A scalar's residues repeated over every slot of their limbs; a polynomial as it is. */
function fillOut(residues: Uint32Array, { kind }: PlanConstant, n: number): Uint32Array {
  if (kind === "plain") return residues;
  const out = new Uint32Array(residues.length * n);
  residues.forEach((residue, i) => out.fill(residue, i * n, (i + 1) * n));
  return out;
}
