import { CloakworkError } from "../errors.ts";

/** A configuration was refused as a whole; every fault is named. */
export class ConfigError extends CloakworkError {
  constructor(faults: readonly string[]) {
    super(
      "NODE_CONFIG",
      `The configuration was refused:\n${faults.map((fault) => `  - ${fault}`).join("\n")}`,
      "Mend the settings named above, then start again.",
    );
  }
}

/** Another daemon works in the same data folder. */
export class DataFolderBusyError extends CloakworkError {
  constructor(folder: string) {
    super(
      "NODE_DATA_FOLDER_BUSY",
      `Another node is running in ${folder}, and two would spend each other's bonds.`,
      "Stop it first, or give this one a data folder of its own (--data).",
    );
  }
}

/** The data folder cannot be used. */
export class DataFolderError extends CloakworkError {
  constructor(folder: string, reason: string, options: { cause?: unknown } = {}) {
    super(
      "NODE_DATA_FOLDER",
      `The data folder ${folder} cannot be used: ${reason}.`,
      "Make it writable for this user, free some space, or choose another (--data).",
      options,
    );
  }
}

/** The keys of a node could not be read. */
export class IdentityError extends CloakworkError {
  constructor(reason: string, options: { cause?: unknown } = {}) {
    super(
      "NODE_IDENTITY",
      `The node's keys cannot be used: ${reason}.`,
      "Restore the data folder from a backup, or start with a new one and register it anew.",
      options,
    );
  }
}

/** The chain does not answer. */
export class ChainUnreachableError extends CloakworkError {
  constructor(rpcUrl: string, options: { cause?: unknown } = {}) {
    super(
      "NODE_CHAIN_UNREACHABLE",
      `The chain at ${rpcUrl} does not answer.`,
      "Check --rpc and the network. A running node keeps trying and loses nothing meanwhile.",
      options,
    );
  }
}

/** The evaluating worker ended without an answer. */
export class EvaluationCrashedError extends CloakworkError {
  constructor(reason: string, options: { cause?: unknown } = {}) {
    super(
      "NODE_EVALUATION_CRASHED",
      `An evaluation ended without a result: ${reason}.`,
      "Nothing is needed: the worker was replaced and the request is tried again before its deadline.",
      options,
    );
  }
}

/** A duty of a model version that is not served here any more. */
export class ModelGoneError extends CloakworkError {
  constructor() {
    super(
      "NODE_MODEL_GONE",
      "The model version of an accepted request is not served here any more.",
      "Grant and serve it again before the deadline.",
    );
  }
}

/** An input or a key pack is larger than this node takes. */
export class BlobLimitError extends CloakworkError {
  constructor(size: number, limit: number) {
    super(
      "NODE_BLOB_LIMIT",
      `A request needs a blob of ${size} bytes, and this node takes at most ${limit}.`,
      "Raise `maxBlobBytes` in the configuration, or stop serving the model.",
    );
  }
}
