import { CloakworkError } from "../../errors.ts";

/** The passphrase does not open the vault. Nothing was changed. */
export class WrongPassphraseError extends CloakworkError {
  constructor() {
    super(
      "VAULT_WRONG_PASSPHRASE",
      "That passphrase does not open the vault.",
      "Try again, or restore a backup whose passphrase you know.",
    );
  }
}

/** The vault's bytes are not a vault, were cut short, or were changed by somebody else than the vault. */
export class VaultDamagedError extends CloakworkError {
  constructor(what: string, options: { cause?: unknown } = {}) {
    super(
      "VAULT_DAMAGED",
      `The vault cannot be read: ${what}.`,
      "Restore it from a backup. Without one its keys are gone, and results encrypted under them stay closed.",
      options,
    );
  }
}

/** A vault is there already and would have been overwritten. */
export class VaultExistsError extends CloakworkError {
  constructor() {
    super(
      "VAULT_EXISTS",
      "There is a vault here already, and it was left as it is.",
      "Open it, or move it away before you create or restore another.",
    );
  }
}

/** No vault has been created yet. */
export class VaultMissingError extends CloakworkError {
  constructor() {
    super("VAULT_MISSING", "There is no vault here yet.", "Create one with a passphrase, or restore a backup.");
  }
}

/** The vault was locked and its keys wiped from memory. */
export class VaultLockedError extends CloakworkError {
  constructor() {
    super("VAULT_LOCKED", "The vault is locked.", "Unlock it with its passphrase.");
  }
}

/** Somebody else (another tab, another process) kept changing the vault. */
export class VaultBusyError extends CloakworkError {
  constructor(options: { cause?: unknown } = {}) {
    super(
      "VAULT_BUSY",
      "The vault is being changed elsewhere, so this change was not made.",
      "Close the other tab or process, then try again.",
      options,
    );
  }
}

/** The passphrase is too short to protect keys. */
export class WeakPassphraseError extends CloakworkError {
  constructor(least: number) {
    super(
      "VAULT_WEAK_PASSPHRASE",
      `The passphrase has fewer than ${least} characters.`,
      "Choose a longer one, for example four random words.",
    );
  }
}
