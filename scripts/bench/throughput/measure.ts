import type { Ciphertext } from "../../../offchain/fhe/ckks/ciphertext.ts";
import type { EncryptedOutput } from "../../../offchain/fhe/engine/engine.ts";
import { loadSimdModel } from "../../../offchain/fhe/engine/simd.ts";
import { evaluateGraph } from "../../../offchain/fhe/graph/evaluate.ts";
import { planBytes } from "../../../offchain/fhe/plan/canonical.ts";
import { batchResult } from "../../../offchain/fhe/result/batch-result.ts";
import { inTurns, timed } from "../inference/clock.ts";
import type { Subject } from "../inference/subject.ts";
import { compactorFor, createUser, readInput } from "../inference/user.ts";
import { bitsOf, createBatchUser, type BatchUser } from "./user.ts";

const ROUNDS = 3;
/** Rounds of single inferences, which are short. */
const SINGLE_ROUNDS = 15;
const SEED = new Uint8Array(32).fill(7);

/** The figures of one model. Times are processor milliseconds of one core, bytes those that travel, accuracies fractions. */
export interface ThroughputFigures {
  readonly model: string;
  /** Samples of the batch. */
  readonly samples: number;
  /**
   * `batch`: one batch on the SIMD engine from parsed inputs to the masked result, `result` the part of it that masks and packs; `single`: one input through the compiler's best plan for one, to its compact
   * result, on the same engine; `perSample`: batch / samples.
   */
  readonly ms: Readonly<Record<"batch" | "result" | "perSample" | "single" | "encrypt" | "open" | "compile", number>>;
  /** ms.single / ms.perSample. */
  readonly ratio: number;
  readonly bytes: Readonly<Record<"keys" | "input" | "inputPerSample" | "result" | "resultPerSample" | "plan", number>>;
  /** On distinct inputs: of the model as it was trained, and from the batch. */
  readonly accuracy: { readonly plain: number; readonly encrypted: number; readonly n: number };
  /** Largest distance of a decrypted output from what the plan computes in the clear. */
  readonly maxAbsError: number;
  /** The plan's bound on it. */
  readonly errorBound: number;
  /** WebAssembly memory of model, keys and values of the run, in 10^6 bytes; parsed inputs are held beside it. */
  readonly engineMb: number;
}

/** Measures a full batch of a model, its inputs repeated until it is full. */
export async function measureThroughput(subject: Subject): Promise<ThroughputFigures> {
  const { result: batch, ms: compile } = await timed(() => subject.compile({ batch: true }));
  const { checked, graph, constants } = batch;
  const { plan } = checked;
  const count = plan.params.n / 2;
  const size = subject.inputs[0].length;
  const values = new Float32Array(count * size);
  for (let sample = 0; sample < count; sample++)
    values.set(subject.inputs[sample % subject.inputs.length], sample * size);

  const user = await createBatchUser(checked);
  const { result: sent, ms: encrypt } = await timed(() => user.encrypt(values));
  using model = await loadSimdModel(checked, constants);
  using onSimd = await model.openKeys([user.pack]);
  let posted = new Uint8Array();
  let resultMs = Infinity;
  const evaluate = async (inputs: readonly Ciphertext[]): Promise<void> => {
    const outputs = await onSimd.run(inputs);
    const made = await timed(() => resultOf(user, bitsOf(plan), outputs));
    posted = made.result;
    resultMs = Math.min(resultMs, made.ms);
  };
  const [batchMs] = await inTurns([() => evaluate(sent.inputs)], ROUNDS);
  const { result: answers, ms: open } = await timed(() => user.open(posted, count));
  const single = await singleMs(subject);

  const distinct = Math.min(count, subject.inputs.length);
  const hits = { plain: 0, encrypted: 0 };
  let maxAbsError = 0;
  for (const [sample, input] of subject.inputs.slice(0, distinct).entries()) {
    const expected = evaluateGraph(graph, input);
    expected.forEach((value, k) => (maxAbsError = Math.max(maxAbsError, Math.abs(value - answers[sample][k]))));
    hits.plain += Number(largestOf(evaluateGraph(subject.graph, input)) === subject.labels[sample]);
    hits.encrypted += Number(largestOf(answers[sample]) === subject.labels[sample]);
  }
  const perSample = batchMs / count;
  return {
    model: subject.model,
    samples: count,
    ms: {
      batch: rounded(batchMs),
      result: rounded(resultMs),
      perSample: rounded(perSample),
      single: rounded(single),
      encrypt: rounded(encrypt),
      open: rounded(open),
      compile: rounded(compile),
    },
    ratio: rounded(single / perSample),
    bytes: {
      keys: user.packBytes,
      input: sent.bytes,
      inputPerSample: rounded(sent.bytes / count),
      result: posted.length,
      resultPerSample: rounded(posted.length / count),
      plan: planBytes(plan).length,
    },
    accuracy: { plain: hits.plain / distinct, encrypted: hits.encrypted / distinct, n: distinct },
    maxAbsError: rounded(maxAbsError),
    errorBound: Number(plan.estimates.errorBound),
    engineMb: rounded(model.memory.memoryBytes / 1e6),
  };
}

function resultOf(user: BatchUser, bits: number, outputs: readonly EncryptedOutput[]): Uint8Array<ArrayBuffer> {
  const ciphertexts = outputs.map((output) => {
    if (output.kind !== "ciphertext") throw new TypeError("a batch plan's outputs are ciphertexts");
    return output.ciphertext;
  });
  const [{ params }] = ciphertexts;
  const { publicKey, context } = user;
  return batchResult({ params, outputs: ciphertexts, publicKey, bits, context, seed: SEED });
}

/** One input through the compiler's best plan for one. */
async function singleMs(subject: Subject): Promise<number> {
  const { checked, constants } = subject.compile({ semantics: "hoisted-1" });
  const user = await createUser(checked);
  using model = await loadSimdModel(checked, constants);
  using onSimd = await model.openKeys([user.pack]);
  const input = readInput(checked.plan, user.keySet, user.encrypt(subject.inputs[0]));
  const options = compactorFor(checked.plan, user.pack, input);
  const [best] = await inTurns([() => onSimd.run([input], options)], SINGLE_ROUNDS);
  return best;
}

/** The class of some outputs: the largest; of a single one, whether it is positive. */
function largestOf(outputs: Float64Array): number {
  return outputs.length === 1 ? Number(outputs[0] > 0) : outputs.indexOf(Math.max(...outputs));
}

function rounded(x: number): number {
  return Number(x.toPrecision(4));
}
