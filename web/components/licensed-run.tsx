"use client";

import { useMutation } from "@tanstack/react-query";
import { Laptop } from "lucide-react";
import { useRef, useState } from "react";
import { useConnection } from "wagmi";

import type { DownloadEvent } from "../../offchain/client/download-model.ts";
import { useLicences } from "../lib/use-licences.ts";
import { WorkerError } from "../worker/connect.ts";
import { Answer } from "./answer.tsx";
import { Button } from "./button.tsx";
import { useVault } from "./vault-provider.tsx";
import { useWorker } from "./worker-provider.tsx";

interface LicensedRunProps {
  readonly modelId: bigint;
  readonly version: number;
  readonly planIndex: number;
  /** The input as it is now. */
  readonly values: Float32Array | undefined;
}

/** For who is licensed for the model: asking it on this device, where nothing is sent or paid. Nothing for all others. */
export function LicensedRun(props: LicensedRunProps) {
  const { data: licences } = useLicences();
  const { modelId, version, planIndex } = props;
  const licence = licences?.find(
    (one) => one.modelId === modelId && one.version === version && one.planIndex === planIndex && one.stands,
  );
  return licence && <AskHere {...props} />;
}

function AskHere({ modelId, version, planIndex, values }: LicensedRunProps) {
  const worker = useWorker();
  const vault = useVault();
  const { address: licensee } = useConnection();
  const [event, setEvent] = useState<DownloadEvent>();
  const stop = useRef<AbortController>(null);
  const ask = useMutation({
    mutationFn: async (given: Float32Array) => {
      if (licensee === undefined || !(await vault.ensureOpen())) return undefined;
      setEvent(undefined);
      stop.current = new AbortController();
      const question = { modelId, version, planIndex, licensee, values: given };
      return worker.call("askLicensed", question, { signal: stop.current.signal, onProgress: setEvent });
    },
  });
  const stopped = ask.error instanceof WorkerError && ask.error.code === "ABORTED";
  return (
    <div className="space-y-3 border-t border-line pt-5">
      {ask.isPending ? (
        <div className="flex flex-wrap items-center gap-3">
          <Button size="small" onClick={() => stop.current?.abort()}>
            Stop
          </Button>
          <p role="status" className="text-small text-muted">
            {event?.state === "active" ? progressOf(event) : "Evaluating it here."}
          </p>
        </div>
      ) : (
        <Button
          size="small"
          disabled={values === undefined}
          onClick={() => {
            if (values) ask.mutate(values);
          }}
        >
          <Laptop aria-hidden className="size-4" />
          Ask it without the network
        </Button>
      )}
      <p className="text-small text-muted">
        You are licensed for this model: it can be evaluated on this device. Nothing is sent, and nothing is paid.
      </p>
      {ask.error && !stopped && (
        <p role="alert" className="text-small text-fail">
          {ask.error.message} {ask.error instanceof WorkerError && ask.error.next}
        </p>
      )}
      {ask.data && ask.variables === values && <Answer answer={ask.data} inTheClear reveal />}
    </div>
  );
}

function progressOf({ detail, progress }: DownloadEvent): string {
  return progress === undefined ? detail : `${detail} ${Math.round(progress * 100)} %`;
}
