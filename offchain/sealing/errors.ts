import { CloakworkError } from "../errors.ts";

/** A node's key pair or its public point is not one. */
export class NodeKeyError extends CloakworkError {
  /** @param detail what is wrong, without any key material */
  constructor(detail: string, options: { cause?: unknown } = {}) {
    super(
      "NODE_KEY_INVALID",
      `The encryption key was refused: ${detail}.`,
      "Use a P-256 key made by this software; a node whose key on chain is broken has to publish a new one.",
      options,
    );
  }
}

const ENVELOPE_NEXT = {
  ENVELOPE_FORMAT: "Fetch the envelope again; if the same bytes return, ask the model's owner for a new one.",
  ENVELOPE_OTHER_RECIPIENT:
    "Ask the model's owner for a new envelope; that is needed after a change of the encryption key.",
  ENVELOPE_NOT_AUTHENTIC: "Fetch the envelope again; if the same bytes return, ask the model's owner for a new one.",
  ENVELOPE_COMMITMENT: "Do not use this version; tell the model's owner that the envelope and the chain disagree.",
} as const;

/** An envelope cannot be opened, or what is in it is not what the chain says. */
export class EnvelopeError extends CloakworkError {
  /** @param message one sentence, without any secret */
  constructor(code: keyof typeof ENVELOPE_NEXT, message: string) {
    super(code, message, ENVELOPE_NEXT[code]);
  }
}

const BODY_NEXT = {
  BODY_FORMAT: "Fetch the package again; if the same bytes return, its publisher's software is at fault.",
  BODY_SIZE: "Fetch the package and the plan again; if both match their digests, the publisher paired the wrong ones.",
  BODY_TRUNCATED: "Fetch the package again.",
  BODY_TRAILING: "Fetch the package again.",
  BODY_NOT_AUTHENTIC: "Fetch the package again; if it matches its digest, ask the model's owner for a new envelope.",
} as const;

/** The sealed body of a package is damaged, or is not opened with its key. */
export class BodyError extends CloakworkError {
  /** @param message one sentence, without any plaintext */
  constructor(code: keyof typeof BODY_NEXT, message: string, options: { cause?: unknown } = {}) {
    super(code, message, BODY_NEXT[code], options);
  }
}

const PACKAGE_NEXT = {
  PACKAGE_COMMITMENT: "Do not use this version; tell the model's owner that the package and the chain disagree.",
  PACKAGE_RESIDUES: "Do not use this package; its publisher's software is at fault.",
  PACKAGE_CONSTANTS: "Compile the model again; the encoded weights do not belong to this plan.",
} as const;

/** The weights of a package are not those the chain commits to, or do not fit the plan. */
export class PackageError extends CloakworkError {
  /** @param message one sentence, without any weight */
  constructor(code: keyof typeof PACKAGE_NEXT, message: string, options: { cause?: unknown } = {}) {
    super(code, message, PACKAGE_NEXT[code], options);
  }
}

/** A file is not a model as a licensee keeps it. */
export class ModelFileError extends CloakworkError {
  /** @param detail what is wrong, without any weight */
  constructor(detail: string) {
    super("MODEL_FILE_INVALID", `The model file was refused: ${detail}.`, "Download the model again.");
  }
}

const SECRET_NEXT = {
  SECRET_NOT_SERIALISABLE: "Seal the secret into an envelope instead.",
  SECRET_WIPED: "Open the envelope again.",
} as const;

/** Secret bytes were used after they were wiped, or were about to be written out. */
export class SecretBytesError extends CloakworkError {
  constructor(code: keyof typeof SECRET_NEXT, message: string) {
    super(code, message, SECRET_NEXT[code]);
  }
}

/** A manifest does not say what a manifest has to say. */
export class ManifestError extends CloakworkError {
  /** @param detail which field, and what was expected of it */
  constructor(detail: string, options: { cause?: unknown } = {}) {
    super(
      "MANIFEST_INVALID",
      `The manifest was refused: ${detail}.`,
      "If it is yours, correct the field and publish again; if not, tell the model's owner.",
      options,
    );
  }
}
