"use client";

import { useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";

import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { PassphraseForm } from "./passphrase-form.tsx";
import { useWorker } from "./worker-provider.tsx";

interface VaultDialogProps {
  readonly open: boolean;
  /** Whether there is a vault to unlock. */
  readonly exists: boolean;
  readonly onOpened: () => void;
  readonly onCancel: () => void;
}

/** Unlocks the vault; or, where there is none, creates one or takes in a backup. */
export function VaultDialog({ open, exists, onOpened, onCancel }: VaultDialogProps) {
  const worker = useWorker();
  const [progress, setProgress] = useState<number | undefined>();
  const [backup, setBackup] = useState<{ readonly name: string; readonly bytes: Uint8Array } | null>(null);
  const file = useRef<HTMLInputElement>(null);

  const work = useMutation({
    mutationFn: async (passphrase: string) => {
      setProgress(0);
      const options = { onProgress: setProgress };
      if (exists) await worker.call("unlockVault", passphrase, options);
      else if (backup) await worker.call("restoreVault", { backup: backup.bytes, passphrase }, options);
      else await worker.call("createVault", passphrase, options);
    },
    onSuccess: () => {
      setBackup(null);
      onOpened();
    },
    onSettled: () => {
      setProgress(undefined);
    },
  });

  const words = exists
    ? {
        title: "Unlock your vault",
        description:
          "It holds the secret key that opens your answers. It is on this device, encrypted under your passphrase.",
        action: "Unlock",
      }
    : backup
      ? {
          title: "Restore your vault",
          description: `From ${backup.name}. Give the passphrase it was made with.`,
          action: "Restore",
        }
      : {
          title: "Create your vault",
          description:
            "It will hold the secret key that opens your answers, on this device and nowhere else, encrypted under a passphrase. Nobody can reset the passphrase: without it and without a backup, answers stay closed.",
          action: "Create the vault",
        };

  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        if (next || work.isPending) return;
        work.reset();
        setBackup(null);
        onCancel();
      }}
      title={words.title}
      description={words.description}
    >
      <PassphraseForm
        key={words.action}
        kind={exists || backup ? "known" : "new"}
        action={words.action}
        progress={progress}
        failure={work.error?.message}
        onSubmit={(passphrase) => {
          work.mutate(passphrase);
        }}
      />
      {!exists && (
        <div className="mt-3">
          <Button
            weight="quiet"
            size="small"
            className="w-full"
            disabled={work.isPending}
            onClick={() => {
              work.reset();
              if (backup) setBackup(null);
              else file.current?.click();
            }}
          >
            {backup ? "Create a new vault instead" : "I have a backup"}
          </Button>
          <input
            ref={file}
            type="file"
            accept=".json,application/json"
            aria-label="Backup of a vault"
            className="hidden"
            onChange={(event) => {
              const chosen = event.target.files?.[0];
              event.target.value = "";
              void chosen?.arrayBuffer().then((buffer) => {
                setBackup({ name: chosen.name, bytes: new Uint8Array(buffer) });
              });
            }}
          />
        </div>
      )}
    </Dialog>
  );
}
