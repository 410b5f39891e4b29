"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import type { ComplaintStanding } from "../../offchain/client/withheld.ts";
import { WorkerError } from "../worker/connect.ts";
import { Amount } from "./amount.tsx";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { useWorker } from "./worker-provider.tsx";

interface ComplaintProps {
  readonly requestId: bigint;
  readonly complaint: ComplaintStanding;
  /** While something else is being signed. */
  readonly disabled: boolean;
}

/** What can be done about a result that is on chain by its digest alone and that nobody serves. Nothing while a jury looks. */
export function Complaint({ requestId, complaint, disabled }: ComplaintProps) {
  const worker = useWorker();
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  const say = useMutation({
    mutationFn: () => worker.call("complain", requestId),
    onSuccess: () => {
      setOpen(false);
    },
    onSettled: () =>
      queries
        .invalidateQueries({ queryKey: ["requests"] })
        .then(() => queries.invalidateQueries({ queryKey: ["balance"] })),
  });
  if (complaint.state === "judging") return null;
  const returning = complaint.state === "returning";
  const { bond, atRisk } = complaint;
  return (
    <>
      <Button
        size="small"
        disabled={disabled}
        onClick={() => {
          setOpen(true);
        }}
      >
        {returning ? "Fetch your bond" : "Nobody serves it"}
      </Button>
      <Dialog
        open={open}
        onOpenChange={(next) => {
          if (say.isPending) return;
          if (!next) say.reset();
          setOpen(next);
        }}
        title={returning ? "Fetch what comes back of your bond" : "Say that nobody serves this result"}
        description={
          returning ? (
            <>
              The jury has looked. If it found the result withheld, all of <Amount wei={bond} /> comes back; if not, the
              jury has cost you <Amount wei={atRisk} />. It goes to your balance at the contract.
            </>
          ) : (
            <>
              A jury of other nodes computes the result again and serves it. You lay <Amount wei={bond} /> down. If they
              find that it was withheld you get it back, and its node loses bond and fee; if they can fetch it, the jury
              costs you <Amount wei={atRisk} />. It is tried once more before anything is sent; nothing is decrypted.
            </>
          )
        }
      >
        <div className="space-y-3">
          {say.error && (
            <p role="alert" className="text-small text-fail">
              {say.error.message} {say.error instanceof WorkerError && say.error.next}
            </p>
          )}
          <Button
            weight="filled"
            wraps
            className="w-full"
            disabled={say.isPending}
            onClick={() => {
              say.mutate();
            }}
          >
            {say.isPending ? (
              "Looking once more, then confirm in the wallet"
            ) : returning ? (
              "Fetch it"
            ) : (
              <span>
                Lay <Amount wei={bond} /> down
              </span>
            )}
          </Button>
        </div>
      </Dialog>
    </>
  );
}
