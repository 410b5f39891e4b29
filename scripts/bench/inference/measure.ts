import type {
  EncryptedModel,
  EncryptedOutput,
  LoadedModel,
  OpenKeys,
  RunOptions,
} from "../../../offchain/fhe/engine/engine.ts";
import { loadSealModel } from "../../../offchain/fhe/engine/seal.ts";
import { loadSimdModel } from "../../../offchain/fhe/engine/simd.ts";
import type { Ciphertext } from "../../../offchain/fhe/ckks/ciphertext.ts";
import { packRoot, type KeyPack } from "../../../offchain/fhe/ckks/key-pack.ts";
import { evaluateGraph } from "../../../offchain/fhe/graph/evaluate.ts";
import { fastestExpansion } from "../../../offchain/fhe/kernel/expand-polynomial.ts";
import { countOperations } from "../../../offchain/fhe/plan/estimate.ts";
import { smallKeyBody } from "../../../offchain/fhe/result/key-bodies.ts";
import { startNodeThread } from "../../../offchain/node/evaluation/node-thread.ts";
import { openUser } from "../../../offchain/node/evaluation/open-user.ts";
import { inTurns, median, timed, wallMs } from "./clock.ts";
import { peakOfEvaluation } from "./memory.ts";
import type { CompiledSubject, Subject } from "./subject.ts";
import { compactorFor, createUser, readInput, type BenchUser } from "./user.ts";

const ROUNDS = 5;

/** Threads that evaluate together where that is measured. */
const THREADS = 2;

/** The figures of one model. Times are processor milliseconds of one core, bytes those that travel, accuracies fractions. */
export interface InferenceFigures {
  readonly model: string;
  /** Of the plan `ms.simd` is of. */
  readonly rotations: { readonly total: number; readonly hoisted: number };
  /**
   * `simd`: the compiler's best plan, of hoisted-1, on the SIMD engine; `seal`: its best plan for node-seal, of seal-4.1, there. Both are the whole plan, from parsed input to
   * compact result. `simdThreads`: as `simd`, by several threads; milliseconds on the wall, beside those of one thread in turns with them.
   */
  readonly ms: Readonly<Record<"simd" | "seal" | "keygen" | "encrypt" | "decrypt", number>> & {
    readonly simdThreads: { readonly threads: number; readonly ms: number; readonly one: number };
  };
  /**
   * Processor milliseconds a node takes from the bytes of one user's keys to keys it evaluates with: read, expanded, compared with the registry's root, laid out in
   * the kernel's memory. The first time in a process, in which code is compiled as well, and the middle of those after it.
   */
  readonly openKeysMs: { readonly first: number; readonly later: number };
  /** What the compiler says `ms.simd` is, compact result left out (cost-model.ts). */
  readonly estimatedMs: number;
  /** ms.seal / ms.simd. */
  readonly ratio: number;
  /** The plan of seal-4.1 on both engines, with the same bytes as result. */
  readonly samePlan: { readonly simd: number; readonly seal: number; readonly ratio: number };
  /** The plan of the first compiler, plain diagonals, on node-seal; `ratio` is to ms.simd. */
  readonly firstCompiler: { readonly seal: number; readonly ratio: number };
  readonly bytes: Readonly<Record<"keys" | "input" | "result", number>>;
  /** Of the model as it was trained, and under encryption. */
  readonly accuracy: { readonly plain: number; readonly encrypted: number; readonly n: number };
  /** Largest distance of a decrypted output from what the plan computes in the clear. */
  readonly maxAbsError: number;
  /** Of a process that holds the model and one user's keys and evaluates on the SIMD engine; in 10^6 bytes. */
  readonly peakRssMb: number;
}

/** Measures a model under encryption: accuracy on all inputs of the subject, then all plans and engines in turns. */
export async function measureInference(subject: Subject): Promise<InferenceFigures> {
  const { graph, inputs, labels } = subject;
  const best = subject.compile({ semantics: "hoisted-1" });
  const { plan } = best.checked;
  const { result: user, ms: keygen } = await timed(() => createUser(best.checked));
  using simd = await loadSimdModel(best.checked, best.constants);
  const openKeysMs = await timeOpening(simd, user);
  using onSimd = await simd.openKeys([user.pack]);

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
    const expected = evaluateGraph(best.graph, values);
    expected.forEach((value, k) => (maxAbsError = Math.max(maxAbsError, Math.abs(value - outputs[k]))));
    hits.plain += Number(classOf(evaluateGraph(graph, values)) === labels[index]);
    hits.encrypted += Number(classOf(outputs) === labels[index]);
    encryptTimes.push(encrypt);
    decryptTimes.push(decrypt);
    last = result;
  }

  const encrypted = user.encrypt(inputs[0]);
  const ms = await compareEngines();
  const { rotations, hoisted } = countOperations(plan);
  const n = inputs.length;
  return {
    model: subject.model,
    rotations: { total: rotations, hoisted },
    ms: {
      simd: rounded(ms.best),
      simdThreads: await compareThreads(),
      seal: rounded(ms.sameSeal),
      keygen: rounded(keygen),
      encrypt: rounded(median(encryptTimes)),
      decrypt: rounded(median(decryptTimes)),
    },
    openKeysMs,
    estimatedMs: plan.estimates.milliseconds,
    ratio: rounded(ms.sameSeal / ms.best),
    samePlan: {
      simd: rounded(ms.sameSimd),
      seal: rounded(ms.sameSeal),
      ratio: rounded(ms.sameSeal / ms.sameSimd),
    },
    firstCompiler: { seal: rounded(ms.first), ratio: rounded(ms.first / ms.best) },
    bytes: {
      keys: user.packBytes.length,
      input: encrypted.length,
      result: last?.kind === "compact" ? last.bytes.length : plan.estimates.resultBytes,
    },
    accuracy: { plain: hits.plain / n, encrypted: hits.encrypted / n, n },
    maxAbsError: rounded(maxAbsError),
    peakRssMb: rounded(await peakOfEvaluation(best, user, encrypted)),
  };

  /** The best plan by several threads and by one, in turns. */
  async function compareThreads(): Promise<InferenceFigures["ms"]["simdThreads"]> {
    const threads = { count: THREADS, start: startNodeThread };
    using model = await loadSimdModel(best.checked, best.constants, { threads });
    using together = await model.openKeys([user.pack]);
    const runs = [together, onSimd].map((engine) => runOf(engine, best, user, inputs[0]));
    const [ms, one] = await inTurns(runs, ROUNDS, wallMs);
    return { threads: model.memory.threads, ms: rounded(ms), one: rounded(one) };
  }

  /** Every plan on its engines, in turns. */
  async function compareEngines(): Promise<Record<"best" | "sameSimd" | "sameSeal" | "first", number>> {
    using scope = new DisposableStack();
    const [values] = inputs;
    const same = subject.compile({ semantics: "seal-4.1" });
    const first = subject.compile({ semantics: "seal-4.1", layout: "diagonal" });
    const sameUser = await createUser(same.checked);
    const firstUser = await createUser(first.checked);
    const runs = [
      runOf(onSimd, best, user, values),
      runOf(await opened(loadSimdModel, same, sameUser, scope), same, sameUser, values),
      runOf(await opened(loadSealModel, same, sameUser, scope), same, sameUser, values),
      runOf(await opened(loadSealModel, first, firstUser, scope), first, firstUser, values),
    ];
    const [bestMs, sameSimd, sameSeal, firstMs] = await inTurns(runs, ROUNDS);
    return { best: bestMs, sameSimd, sameSeal, first: firstMs };
  }
}

/** Opens a user's keys as a node does, some times over. */
async function timeOpening(model: EncryptedModel, { keySet, pack, packBytes }: BenchUser) {
  const expand = await fastestExpansion();
  const payload = { residuesRoot: packRoot(pack, [smallKeyBody], expand), bytes: packBytes };
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const { result, ms } = await timed(() => openUser(model, keySet, [payload], expand));
    result[Symbol.dispose]();
    times.push(ms);
  }
  const [first, ...later] = times;
  return { first: rounded(first), later: rounded(median(later)) };
}

type Evaluator = OpenKeys<Ciphertext, EncryptedOutput>;

async function opened(
  load: (
    checked: CompiledSubject["checked"],
    constants: Uint32Array,
  ) => Promise<LoadedModel<readonly KeyPack[], Ciphertext, EncryptedOutput>>,
  { checked, constants }: CompiledSubject,
  user: BenchUser,
  scope: DisposableStack,
): Promise<Evaluator> {
  const model = scope.use(await load(checked, constants));
  return scope.use(await model.openKeys([user.pack]));
}

function runOf(
  engine: Evaluator,
  { checked: { plan } }: CompiledSubject,
  user: BenchUser,
  values: Float32Array,
): () => Promise<unknown> {
  const input = readInput(plan, user.keySet, user.encrypt(values));
  const options: RunOptions = compactorFor(plan, user.pack, input);
  return () => engine.run([input], options);
}

/** The class of the largest output; of one output, whether it is positive. */
function classOf(outputs: Float64Array): number {
  if (outputs.length === 1) return Number(outputs[0] > 0);
  return outputs.indexOf(outputs.reduce((a, b) => Math.max(a, b), -Infinity));
}

function rounded(x: number): number {
  return Number(x.toPrecision(4));
}
