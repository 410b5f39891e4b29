/** How residues go into and come out of a run, whatever the engine: inputs are checked against the plan, outputs named after its types. */
import type { Bytes32 } from "../../digest/hex.ts";
import type { Ciphertext } from "../ckks/ciphertext.ts";
import type { KeyPack } from "../ckks/key-pack.ts";
import { equalParams } from "../ckks/parameters.ts";
import { scaleToNumber } from "../plan/exact-scale.ts";
import type { Plan } from "../plan/plan.ts";
import type { CheckedPlan } from "../plan/typecheck.ts";
import type { CompactInput, EncryptedOutput, InputSequence, RunOptions } from "./engine.ts";
import { EngineError } from "./errors.ts";
import type { RunPorts } from "./run.ts";

/** One evaluation. */
export interface EncryptedRun {
  readonly checked: CheckedPlan;
  /** The user's, all of one key set. */
  readonly packs: readonly Pick<KeyPack, "keySetId">[];
  readonly inputs: InputSequence<Ciphertext>;
  readonly options: Pick<RunOptions, "compact">;
}

/** Between residues, limb by limb in NTT form, and an engine's values. */
export interface ResidueCodec<V> {
  /** @param polynomials the components, level × N residues each */
  load(polynomials: readonly Uint32Array[], level: number): V;
  /** @returns as many components as the value has, level × N residues each */
  save(value: V): Uint32Array[];
}

/**
 * Gives a run its ports. Each input is checked when it is taken.
 *
 * @throws EngineError when there are too few or too many inputs; the port for inputs, when one is not of the plan's parameter set, level and
 *   scale or not of the keys' key set
 */
export function encryptedPorts<V>(run: EncryptedRun, codec: ResidueCodec<V>): RunPorts<V, EncryptedOutput> {
  const { plan, types } = run.checked;
  const { params } = plan;
  const { compact } = run.options;
  const keySetId = keySetOf(run.packs, run.inputs);
  if (run.inputs.length !== plan.inputs.length)
    refuse(`the plan has ${plan.inputs.length} inputs, and ${run.inputs.length} were given`);
  return {
    input(index) {
      const { c0, c1, level } = checkedInput(plan, keySetId, run.inputs, index);
      return codec.load([c0, c1], level);
    },
    output(value, index) {
      const [c0, c1] = savePair(codec, value);
      const { level, scale } = types[plan.outputs[index].value];
      const ciphertext = { params, keySetId, level, scale: scaleToNumber(params, scale), c0, c1 };
      return { kind: "ciphertext", ciphertext };
    },
    async compact(value, { ring, bits, period }, output) {
      if (compact === undefined)
        throw new EngineError("ENGINE_INPUTS", "The plan makes compact results, and no compactor was given.");
      const [c0, c1] = savePair(codec, value);
      const input: CompactInput = { params, c0, c1, ring, bits, period, output };
      return { kind: "compact", bytes: await compact(input) };
    },
  };
}

/** The two polynomials of a value; one of three would need the square of the secret, which no result format has. */
function savePair<V>(codec: ResidueCodec<V>, value: V): Uint32Array[] {
  const polynomials = codec.save(value);
  if (polynomials.length !== 2) throw new EngineError("ENGINE_UNSUPPORTED", "An output was not relinearised.");
  return polynomials;
}

/** The key set of the packs; of a plan without keys, that of its inputs. */
function keySetOf(packs: EncryptedRun["packs"], inputs: InputSequence<Ciphertext>): Bytes32 {
  const source = packs.at(0) ?? inputs.at(0);
  return source?.keySetId ?? refuse("there are none");
}

function checkedInput(
  { params, inputs: declared }: Plan,
  keySetId: Bytes32,
  inputs: InputSequence<Ciphertext>,
  index: number,
): Ciphertext {
  const input = inputs.at(index) ?? refuse(`input ${index} is missing`);
  const { level, scale } = declared[index];
  if (!equalParams(input.params, params)) refuse(`input ${index} is not of the parameter set ${params.id}`);
  if (input.keySetId !== keySetId) refuse(`input ${index} is of another key set than the keys`);
  if (input.level !== level || input.scale !== scale)
    refuse(`input ${index} is not at the level and scale the plan declares`);
  return input;
}

function refuse(reason: string): never {
  throw new EngineError("ENGINE_INPUTS", `The inputs were refused: ${reason}.`);
}
