"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { formatMoment } from "../lib/format.ts";
import type { KeySetRow } from "../lib/key-set-row.ts";
import { Button } from "./button.tsx";
import { Bytes } from "./bytes.tsx";
import { Dialog } from "./dialog.tsx";
import { Digest } from "./digest.tsx";
import { useSettings } from "./settings-provider.tsx";
import { StatusBadge, type Tone } from "./status-badge.tsx";
import { useWorker } from "./worker-provider.tsx";

const tones: Readonly<Record<KeySetRow["state"], Tone>> = {
  "in use": "good",
  revoked: "idle",
  unregistered: "wait",
  unknown: "idle",
};

/** The key sets of the vault, and whether new requests may use them. */
export function KeySetList({ rows }: { readonly rows: readonly KeySetRow[] }) {
  const { chain } = useSettings();
  const [revoking, setRevoking] = useState<KeySetRow | null>(null);
  const words: Readonly<Record<KeySetRow["state"], string>> = {
    "in use": `Registered on ${chain.name}`,
    revoked: "Revoked: no new request may use it",
    unregistered: `Not registered on ${chain.name}`,
    unknown: "The chain could not be asked",
  };
  return (
    <>
      <ul className="divide-y divide-line border-y border-line">
        {rows.map((row) => (
          <li
            key={row.id}
            className="grid gap-x-6 gap-y-3 py-5 zones:grid-cols-[minmax(0,1fr)_auto] zones:items-center"
          >
            <div className="space-y-1">
              <p className="flex flex-wrap items-center gap-x-4 gap-y-1">
                <Digest value={row.id} what="key set" />
                <StatusBadge tone={tones[row.state]}>{words[row.state]}</StatusBadge>
              </p>
              <p className="flex flex-wrap gap-x-4 text-small text-muted">
                <span>
                  Owner{" "}
                  <span className="font-mono">
                    {row.owner.slice(0, 6)}…{row.owner.slice(-4)}
                  </span>
                </span>
                <span className="font-mono">{row.paramsId}</span>
                <span>
                  <Bytes count={row.bytes} /> on the network in {row.packs === 1 ? "one pack" : `${row.packs} packs`}
                </span>
                <span>made {formatMoment(Date.parse(row.createdAt))}</span>
              </p>
            </div>
            {row.state === "in use" && (
              <Button
                size="small"
                className="justify-self-start zones:justify-self-end"
                onClick={() => {
                  setRevoking(row);
                }}
              >
                Revoke
              </Button>
            )}
          </li>
        ))}
      </ul>
      <Revoke
        row={revoking}
        onClose={() => {
          setRevoking(null);
        }}
      />
    </>
  );
}

function Revoke({ row, onClose }: { readonly row: KeySetRow | null; readonly onClose: () => void }) {
  const worker = useWorker();
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: (id: KeySetRow["id"]) => worker.call("revokeKeySet", id),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["vault", "key-sets"] });
      onClose();
    },
  });
  return (
    <Dialog
      open={row !== null}
      onOpenChange={(open) => {
        if (open) return;
        revoke.reset();
        onClose();
      }}
      title="Revoke these keys?"
      description="No new request may use them, for good. Requests under way and answers you have are not affected. The next request makes new keys, which have to be uploaded and registered."
    >
      <div className="space-y-3">
        {revoke.error && (
          <p role="alert" className="text-small text-fail">
            {revoke.error.message} The keys are still in use.
          </p>
        )}
        <Button
          weight="danger"
          className="w-full"
          disabled={revoke.isPending}
          onClick={() => {
            if (row) revoke.mutate(row.id);
          }}
        >
          {revoke.isPending ? "Confirm in the wallet" : "Revoke"}
        </Button>
      </div>
    </Dialog>
  );
}
