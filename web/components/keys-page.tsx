"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Download, KeyRound, Lock } from "lucide-react";
import { useState } from "react";

import { saveFile } from "../lib/save-file.ts";
import { Button } from "./button.tsx";
import { DestroyVault } from "./destroy-vault.tsx";
import { Empty } from "./empty.tsx";
import { Failure } from "./failure.tsx";
import { KeySetList } from "./key-set-list.tsx";
import { Licences } from "./licences.tsx";
import { PageTitle } from "./page-title.tsx";
import { Skeleton } from "./skeleton.tsx";
import { useVault } from "./vault-provider.tsx";
import { useWorker } from "./worker-provider.tsx";

/** The vault on this device and the key sets in it. */
export function KeysPage() {
  const { status, ensureOpen } = useVault();
  return (
    <>
      <PageTitle title="Keys">
        Your secret keys are in a vault on this device, encrypted under your passphrase. The network holds only keys
        that compute on ciphertext and cannot open it.
      </PageTitle>
      <div className="space-y-10">
        {status === undefined ? (
          <div role="status" className="space-y-4">
            <span className="sr-only">Looking for the vault</span>
            <Skeleton className="h-32 w-full" />
          </div>
        ) : status === "missing" ? (
          <Empty
            title="There is no vault on this device yet"
            action={
              <Button weight="filled" onClick={() => void ensureOpen()}>
                <KeyRound aria-hidden className="size-4.5" />
                Create or restore a vault
              </Button>
            }
          >
            It is made the first time you encrypt something, or here. If you used another device, restore its backup.
          </Empty>
        ) : status === "locked" ? (
          <Locked />
        ) : (
          <Open />
        )}
        {/* One and the same however the vault stands, so that what was asked here is not forgotten when it is opened for it. */}
        {status !== undefined && <Licences />}
        {status === "open" && <Destroy />}
      </div>
    </>
  );
}

function Locked() {
  const { ensureOpen } = useVault();
  const [destroying, setDestroying] = useState(false);
  return (
    <>
      <Empty
        title="The vault is locked"
        action={
          <div className="flex flex-wrap justify-center gap-3">
            <Button weight="filled" onClick={() => void ensureOpen()}>
              Unlock the vault
            </Button>
            <Button
              weight="quiet"
              onClick={() => {
                setDestroying(true);
              }}
            >
              I lost the passphrase
            </Button>
          </div>
        }
      >
        Unlock it to see its keys, to make a backup, or to read answers.
      </Empty>
      <DestroyVault open={destroying} onOpenChange={setDestroying} />
    </>
  );
}

function Open() {
  const worker = useWorker();
  const queries = useQueryClient();
  const { refresh } = useVault();
  const keySets = useQuery({
    queryKey: ["vault", "key-sets"],
    queryFn: ({ signal }) => worker.call("keySets", undefined, { signal }),
  });
  const backup = useMutation({
    mutationFn: () => worker.call("backupVault", undefined),
    onSuccess: saveBackup,
  });
  const lock = async () => {
    await worker.call("lockVault", undefined);
    queries.removeQueries({ queryKey: ["vault", "key-sets"] });
    await refresh();
  };

  return (
    <div className="space-y-10">
      <section
        aria-labelledby="vault"
        className="flex flex-wrap items-center justify-between gap-x-8 gap-y-4 rounded-2xl border border-line bg-surface p-5 sm:p-6"
      >
        <div className="max-w-[52ch] space-y-1">
          <h2 id="vault" className="text-title">
            The vault is open
          </h2>
          <p className="text-small text-muted">
            It locks when this page is closed. A backup opens with the same passphrase; without either, answers stay
            closed for good.
          </p>
          {backup.error && (
            <p role="alert" className="text-small text-fail">
              No backup was made. {backup.error.message}
            </p>
          )}
        </div>
        <div className="flex flex-wrap gap-2">
          <Button
            weight="filled"
            disabled={backup.isPending}
            onClick={() => {
              backup.mutate();
            }}
          >
            <Download aria-hidden className="size-4.5" />
            Save a backup
          </Button>
          <Button onClick={() => void lock()}>
            <Lock aria-hidden className="size-4.5" />
            Lock
          </Button>
        </div>
      </section>

      <section aria-labelledby="key-sets">
        <h2 id="key-sets" className="mb-4 text-title">
          Key sets
        </h2>
        {keySets.data ? (
          keySets.data.length > 0 ? (
            <KeySetList rows={keySets.data} />
          ) : (
            <Empty title="No keys have been made yet">
              They are made the first time you ask a model, in this browser, in about a minute.
            </Empty>
          )
        ) : keySets.isError ? (
          <Failure
            title="The vault could not be read"
            consequence="Nothing in it was changed."
            detail={keySets.error.message}
            action={{ label: "Read it again", onClick: () => void keySets.refetch() }}
          />
        ) : (
          <Skeleton className="h-24 w-full" />
        )}
      </section>
    </div>
  );
}

function Destroy() {
  const [destroying, setDestroying] = useState(false);
  return (
    <section aria-labelledby="destroy" className="space-y-2 border-t border-line pt-6">
      <h2 id="destroy" className="text-body">
        Delete the vault
      </h2>
      <p className="max-w-[64ch] text-small text-muted">
        Removes every secret key from this device. Answers encrypted under them can then be read only where a backup is.
      </p>
      <Button
        weight="danger"
        size="small"
        onClick={() => {
          setDestroying(true);
        }}
      >
        Delete the vault
      </Button>
      <DestroyVault open={destroying} onOpenChange={setDestroying} />
    </section>
  );
}

function saveBackup(bytes: Uint8Array): void {
  saveFile(Uint8Array.from(bytes), `cloakwork-vault-${new Date().toISOString().slice(0, 10)}.json`, "application/json");
}
