/** Backups of the vault, and when one is due. */
import type { Vault } from "./vault/vault.ts";

/** What to remind a person of. */
export interface BackupReminder {
  /** Key sets whose secrets stand in no backup made here. Without a backup, losing this vault closes their results for good. */
  readonly unsaved: number;
  /** Whether the key licences are sealed to stands in no backup either. Without it they have to be given anew, for another key. */
  readonly recipientKey: boolean;
  /** ISO 8601; undefined when there was none. */
  readonly lastBackup: string | undefined;
}

/**
 * Takes a backup and remembers that it was taken.
 *
 * @returns the sealed vault: as safe to keep anywhere as its passphrase is strong
 */
export async function takeBackup(vault: Vault): Promise<Uint8Array> {
  const lastBackup = new Date().toISOString();
  const bytes = await vault.backup();
  await vault.update((contents) => ({ ...contents, lastBackup }));
  return bytes;
}

/** Whether a backup is due. */
export async function backupReminder(vault: Vault): Promise<BackupReminder> {
  const { keySets, recipientKey, lastBackup } = await vault.contents();
  const isUnsaved = ({ createdAt }: { readonly createdAt: string }): boolean => !lastBackup || createdAt > lastBackup;
  return {
    unsaved: keySets.filter(isUnsaved).length,
    recipientKey: recipientKey !== undefined && isUnsaved(recipientKey),
    lastBackup,
  };
}
