/** What the daemon asks of whatever reads bytes and evaluates. `WorkerPool` does it in worker threads. */
import type { Bytes32 } from "../../digest/hex.ts";
import type {
  BatchProgress,
  CheckPayload,
  Evaluated,
  EvaluatePayload,
  ModelSource,
  PackPayload,
  StatePayload,
  Verdict,
} from "./messages.ts";

/** Gets the packs of a key set, in the order of the registry. Their bytes are the evaluation's then, which may empty them. */
export type FetchPacks = () => Promise<readonly PackPayload[]>;

/** Told now and then how far the work on a batch has come. */
export type OnBatchProgress = (progress: BatchProgress) => void;

export interface Evaluation extends AsyncDisposable {
  /** Makes a model ready. */
  load(model: ModelSource): Promise<void>;
  /**
   * Reads input and keys, as the deterministic parser does.
   *
   * @param packs fetched only when the keys are not open already
   */
  check(payload: Omit<CheckPayload, "packs">, packs: FetchPacks, onProgress?: OnBatchProgress): Promise<Verdict>;
  /** Evaluates what `check` passed. */
  evaluate(
    payload: Omit<EvaluatePayload, "packs">,
    packs: FetchPacks,
    onProgress?: OnBatchProgress,
  ): Promise<Evaluated>;
  /** Evaluates what `check` passed up to a step. @returns the digest of the state there */
  stateAt(payload: Omit<StatePayload, "packs">, packs: FetchPacks): Promise<Bytes32>;
}
