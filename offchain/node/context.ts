import type { Logger } from "pino";

import type { AnswerStore } from "./answers.ts";
import type { BlobSource } from "./blob-source.ts";
import type { CheckedInputs } from "./checked-inputs.ts";
import type { ChainPort } from "./chain-port.ts";
import type { Evaluation } from "./evaluation/evaluation.ts";
import type { JobStore } from "./jobs.ts";
import type { NodeMetrics } from "./metrics.ts";
import type { ServedModels } from "./served-models.ts";

/** What every duty works with. */
export interface DutyContext {
  readonly chain: ChainPort;
  readonly jobs: JobStore;
  readonly answers: AnswerStore;
  readonly checkedInputs: CheckedInputs;
  readonly models: ServedModels;
  readonly blobs: BlobSource;
  readonly pool: Evaluation;
  readonly metrics: NodeMetrics;
  readonly log: Logger;
  readonly maxBlobBytes: number;
  /** How long a user's keys stay here after they were fetched last, milliseconds. */
  readonly keepKeysMs: number;
  readonly signal: AbortSignal;
}
