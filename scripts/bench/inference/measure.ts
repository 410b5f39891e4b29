import type { EncryptedOutput } from "../../../offchain/fhe/engine/engine.ts";
import { loadSealModel } from "../../../offchain/fhe/engine/seal.ts";
import { loadSimdModel } from "../../../offchain/fhe/engine/simd.ts";
import { evaluateGraph } from "../../../offchain/fhe/graph/evaluate.ts";
import { countOperations } from "../../../offchain/fhe/plan/estimate.ts";
import { inTurns, median, timed } from "./clock.ts";
import { peakOfEvaluation } from "./memory.ts";
import type { Subject } from "./subject.ts";
import { compactorFor, createUser, readInput } from "./user.ts";

const ROUNDS = 7;

/** The figures of one model. Times are processor milliseconds, bytes those that travel, accuracies fractions. */
export interface InferenceFigures {
  readonly model: string;
  /** Which compiler made the plan. */
  readonly compiler: string;
  readonly rotations: { readonly total: number; readonly hoisted: number };
  /** `simd` and `seal` are the whole plan, from parsed input to result; `compact` is the part of each that masks and packs. */
  readonly ms: Readonly<Record<"simd" | "seal" | "compact" | "openKeys" | "keygen" | "encrypt" | "decrypt", number>>;
  /** ms.seal / ms.simd. */
  readonly ratio: number;
  readonly bytes: Readonly<Record<"keys" | "input" | "result", number>>;
  readonly accuracy: { readonly plain: number; readonly encrypted: number; readonly n: number };
  /** Largest distance of a decrypted output from the model's in the clear. */
  readonly maxAbsError: number;
  /** Of a process that holds the model and one user's keys and evaluates on the SIMD engine; in 10^6 bytes. */
  readonly peakRssMb: number;
}

/**
 * Measures a model under encryption: node-seal and the SIMD engine on the same plan, keys and input, in turns; then accuracy on all inputs of
 * the subject, on the SIMD engine.
 */
export async function measureInference(subject: Subject): Promise<InferenceFigures> {
  const { checked, graph, inputs, labels } = subject;
  const { plan } = checked;
  const { result: user, ms: keygen } = await timed(() => createUser(checked));
  using simd = await loadSimdModel(checked, subject.constants);
  const opened = await timed(() => simd.openKeys([user.pack]));
  using onSimd = opened.result;

  const encryptTimes: number[] = [];
  const decryptTimes: number[] = [];
  const hits = { plain: 0, encrypted: 0 };
  let maxAbsError = 0;
  let last: EncryptedOutput | undefined;
  for (const [index, values] of inputs.entries()) {
    const { result: encrypted, ms: encrypt } = await timed(() => user.encrypt(values));
    const input = readInput(plan, user.keySet, encrypted);
    const [result] = await onSimd.run([input], compactorFor(plan, user.pack, input));
    const { result: outputs, ms: decrypt } = await timed(() => user.open(input, result));
    const expected = evaluateGraph(graph, values);
    expected.forEach((value, k) => (maxAbsError = Math.max(maxAbsError, Math.abs(value - outputs[k]))));
    hits.plain += Number(winner(expected) === labels[index]);
    hits.encrypted += Number(winner(outputs) === labels[index]);
    encryptTimes.push(encrypt);
    decryptTimes.push(decrypt);
    last = result;
  }

  const encrypted = user.encrypt(inputs[0]);
  const { simd: simdMs, seal, compact } = await compareEngines();
  const { rotations, hoisted } = countOperations(plan);
  const n = inputs.length;
  return {
    model: subject.model,
    compiler: plan.compiler,
    rotations: { total: rotations, hoisted },
    ms: {
      simd: rounded(simdMs),
      seal: rounded(seal),
      compact: rounded(compact),
      openKeys: rounded(opened.ms),
      keygen: rounded(keygen),
      encrypt: rounded(median(encryptTimes)),
      decrypt: rounded(median(decryptTimes)),
    },
    ratio: rounded(seal / simdMs),
    bytes: {
      keys: user.packBytes.length,
      input: encrypted.length,
      result: last?.kind === "compact" ? last.bytes.length : plan.estimates.resultBytes,
    },
    accuracy: { plain: hits.plain / n, encrypted: hits.encrypted / n, n },
    maxAbsError: rounded(maxAbsError),
    peakRssMb: rounded(await peakOfEvaluation(subject, user, encrypted)),
  };

  async function compareEngines(): Promise<Record<"simd" | "seal" | "compact", number>> {
    const input = readInput(plan, user.keySet, encrypted);
    using reference = await loadSealModel(checked, subject.constants);
    using onSeal = await reference.openKeys([user.pack]);
    let compactBest = Infinity;
    const options = compactorFor(plan, user.pack, input);
    const { compact: pack } = options;
    const watched: typeof options =
      pack === undefined
        ? {}
        : {
            async compact(value) {
              const { result, ms } = await timed(() => pack(value));
              compactBest = Math.min(compactBest, ms);
              return result;
            },
          };
    const [simdBest, sealBest] = await inTurns(
      [() => onSimd.run([input], watched), () => onSeal.run([input], watched)],
      ROUNDS,
    );
    return { simd: simdBest, seal: sealBest, compact: pack === undefined ? 0 : compactBest };
  }
}

function winner(outputs: Float64Array): number {
  return outputs.indexOf(outputs.reduce((a, b) => Math.max(a, b), -Infinity));
}

function rounded(x: number): number {
  return Number(x.toPrecision(4));
}
