"use client";

import { useMutation } from "@tanstack/react-query";
import Link from "next/link";
import { useEffect } from "react";
import { useConnection } from "wagmi";

import { formatMoment } from "../lib/format.ts";
import type { LicenceRow } from "../lib/licence-row.ts";
import { saveFile } from "../lib/save-file.ts";
import { useLicences } from "../lib/use-licences.ts";
import { Button } from "./button.tsx";
import { Digest } from "./digest.tsx";
import { Failure } from "./failure.tsx";
import { Skeleton } from "./skeleton.tsx";
import { StatusBadge } from "./status-badge.tsx";
import { useVault } from "./vault-provider.tsx";
import { useWorker } from "./worker-provider.tsx";

/** Models whose weights the connected account may have, and the key that owners seal them to. */
export function Licences() {
  const { address } = useConnection();
  const licences = useLicences();
  return (
    <section aria-labelledby="licences">
      <h2 id="licences" className="mb-1 text-title">
        Licences
      </h2>
      <p className="mb-4 max-w-[64ch] text-small text-muted">
        A model’s owner can let an account have the model itself, to ask it without the network. A licence holds until
        its owner takes it back.
      </p>
      {address === undefined ? (
        <p className="border-y border-line py-5 text-muted">
          Connect a wallet to see what its account is licensed for.
        </p>
      ) : licences.data ? (
        licences.data.length > 0 ? (
          <ul className="divide-y divide-line border-y border-line">
            {licences.data.map((row) => (
              <Licence key={`${row.modelId}/${row.version}`} row={row} licensee={address} />
            ))}
          </ul>
        ) : (
          <p className="border-y border-line py-5 text-muted">This account is licensed for no model.</p>
        )
      ) : licences.isError ? (
        <Failure
          title="Your licences could not be read from the chain"
          consequence="They are not affected."
          detail={licences.error.message}
          action={{ label: "Ask again", onClick: () => void licences.refetch() }}
        />
      ) : (
        <Skeleton className="h-16 w-full" />
      )}
      <RecipientKey />
    </section>
  );
}

function Licence({ row, licensee }: { readonly row: LicenceRow; readonly licensee: `0x${string}` }) {
  const { modelId, version, title, newest, planIndex, stands, givenAt } = row;
  const worker = useWorker();
  const { ensureOpen } = useVault();
  const save = useMutation({
    mutationFn: async () => {
      if (!(await ensureOpen())) return;
      const bytes = await worker.call("licensedFile", { modelId, version, planIndex: planIndex ?? 0, licensee });
      saveFile(Uint8Array.from(bytes), `model-${modelId}-v${version}.cwmd`, "application/octet-stream");
    },
  });
  const name = title ?? `Model ${modelId}`;
  return (
    <li className="grid gap-x-6 gap-y-3 py-5 zones:grid-cols-[minmax(0,1fr)_auto] zones:items-center">
      <div className="space-y-1">
        <p className="flex flex-wrap items-center gap-x-4 gap-y-1">
          <span className="font-strong">
            {name}, version {version}
          </span>
          <StatusBadge tone={stands ? "good" : "idle"}>{stands ? "Licensed" : "Taken back by its owner"}</StatusBadge>
        </p>
        <p className="text-small text-muted">
          Given {formatMoment(givenAt)}.{" "}
          {stands
            ? newest
              ? "There is no newer version."
              : "There is a newer version, which this licence does not cover."
            : "What you saved before stays where it is."}
        </p>
        {save.error && (
          <p role="alert" className="text-small text-fail">
            {save.error.message} Nothing was saved.
          </p>
        )}
        {save.isSuccess && (
          <p role="status" className="text-small text-muted">
            The file holds the model in the clear. With the command:{" "}
            <code className="font-mono [overflow-wrap:anywhere]">
              cloakwork model run model-{modelId.toString()}-v{version}.cwmd --input input.json
            </code>
          </p>
        )}
      </div>
      {stands && (
        <div className="flex flex-wrap gap-2 zones:justify-end">
          {newest && (
            <Button asChild size="small">
              <Link href={`/model/?id=${modelId}`}>Ask it here</Link>
            </Button>
          )}
          <Button
            size="small"
            disabled={save.isPending}
            onClick={() => {
              save.mutate();
            }}
          >
            {save.isPending ? "Fetching and checking it" : "Save the model"}
          </Button>
        </div>
      )}
    </li>
  );
}

/** Shown when asked for: the first time it is made. */
function RecipientKey() {
  const worker = useWorker();
  const { status, ensureOpen } = useVault();
  const key = useMutation({
    mutationFn: async () => ((await ensureOpen()) ? worker.call("recipientKey", undefined) : undefined),
  });
  const { reset } = key;
  // The secret half went with the vault: what is sealed to this key would stay closed.
  useEffect(() => {
    if (status === "missing") reset();
  }, [status, reset]);
  return (
    <div className="space-y-1 pt-4 text-small text-muted">
      {key.data ? (
        <>
          <p className="flex flex-wrap items-center gap-x-2">
            Your key for licences: <Digest value={key.data.point} what="key for licences" />
          </p>
          <p className="max-w-[64ch]">
            Send it, and your account’s address, to the model’s owner by a way on which nobody can swap it.
            {key.data.created && " Its secret half was made now and is in this vault alone: save a backup."}
          </p>
        </>
      ) : (
        <Button
          size="small"
          disabled={key.isPending}
          onClick={() => {
            key.mutate();
          }}
        >
          Show the key that owners need for a licence
        </Button>
      )}
      {key.error && (
        <p role="alert" className="text-fail">
          {key.error.message}
        </p>
      )}
    </div>
  );
}
