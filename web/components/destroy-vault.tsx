"use client";

import { useMutation } from "@tanstack/react-query";
import { useId, useState } from "react";

import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { useVault } from "./vault-provider.tsx";
import { useWorker } from "./worker-provider.tsx";

const WORD = "delete";

interface DestroyVaultProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

/** Asks once more, in writing, before the vault is deleted. */
export function DestroyVault({ open, onOpenChange }: DestroyVaultProps) {
  const worker = useWorker();
  const { refresh } = useVault();
  const [typed, setTyped] = useState("");
  const id = useId();
  const destroy = useMutation({
    mutationFn: () => worker.call("destroyVault", undefined),
    onSuccess: async () => {
      setTyped("");
      onOpenChange(false);
      await refresh();
    },
  });
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Delete the vault?"
      description="The secret keys in it are gone for good, and so is every answer encrypted under them, unless you have a backup and its passphrase. Money is not affected: requests can still be refunded from your wallet."
    >
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed === WORD) destroy.mutate();
        }}
      >
        <div className="space-y-1.5">
          <label htmlFor={id} className="block text-small font-strong">
            Type “{WORD}” to go on
          </label>
          <input
            id={id}
            value={typed}
            autoComplete="off"
            onChange={(event) => {
              setTyped(event.target.value);
            }}
            className="h-11 w-full rounded-lg border border-edge bg-surface px-3"
          />
        </div>
        {destroy.error && (
          <p role="alert" className="text-small text-fail">
            The vault was not deleted. {destroy.error.message}
          </p>
        )}
        <Button type="submit" weight="danger" className="w-full" disabled={typed !== WORD || destroy.isPending}>
          Delete the vault
        </Button>
      </form>
    </Dialog>
  );
}
