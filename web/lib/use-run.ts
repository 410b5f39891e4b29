"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useMemo, useRef, useState } from "react";

import type { Hex, Quote } from "../../offchain/chain/types.ts";
import type { Replicas } from "../../offchain/client/types.ts";
import type { Manifest } from "../../offchain/sealing/manifest.ts";
import { useSettings } from "../components/settings-provider.tsx";
import { useVault } from "../components/vault-provider.tsx";
import { useWorker } from "../components/worker-provider.tsx";
import { WorkerError } from "../worker/connect.ts";
import type { WireError } from "../worker/protocol.ts";
import { findKeyTile, keepKeyTile } from "./key-tiles.ts";
import { findRun, keepRun } from "./run-record.ts";
import { NEW_RUN, stepsOf, withNews, type Phase, type Run, type RunNews } from "./run.ts";

/** What a run is about. */
export interface Asked {
  readonly modelId: bigint;
  readonly version: number;
  readonly planIndex: number;
  /** How many nodes evaluate it. */
  readonly replicas: Replicas;
  /** What the person was shown of the model. */
  readonly stated: Manifest;
}

/** The request a page is at: by its id, or by the transaction that pays for it while the id is not known. */
export interface Place {
  readonly requestId?: bigint | undefined;
  readonly transaction?: Hex | undefined;
}

/** One run of a page and what can be done to it. */
export interface RunControl {
  readonly run: Run;
  readonly steps: ReturnType<typeof stepsOf>;
  /** Makes keys where some are missing, and encrypts. Asks for the vault's passphrase if need be. */
  readonly encrypt: (values: Float32Array, price: Quote) => Promise<void>;
  /** Uploads, pays the price, and follows the request. */
  readonly send: (price: Quote) => Promise<void>;
  /** Opens the answer of a request whose vault was locked. */
  readonly open: () => Promise<void>;
  /** Follows the request again. */
  readonly goOn: () => void;
  /** Stops what can be stopped: nothing that was paid for. */
  readonly stop: () => void;
  /** Forgets this run, for the next question. */
  readonly reset: () => void;
}

/** A failure after which the same ciphertext must not be paid for again without a look at the chain. */
const NOT_TO_REPEAT: ReadonlySet<string> = new Set(["REQUEST_NOT_SENT", "REQUEST_REVERTED"]);
/** How often the chain is asked whether a transaction is in a block, milliseconds. */
const LOOK = 1_500;

/** Whether the wallet has sent the payment, whatever became of it. */
const wasSent = ({ events }: Run): boolean =>
  events.some(({ event }) => event.step === "pay" && event.hash !== undefined);

/** A chain that cannot be reached says nothing of a transaction. */
const nullWhileUnreachable = (error: unknown): null => {
  if (error instanceof WorkerError && error.code === "RPC_UNREACHABLE") return null;
  throw error;
};

const failureOf = (error: unknown): WireError =>
  error instanceof WorkerError
    ? { code: error.code, message: error.message, next: error.next }
    : { code: "UNEXPECTED", message: "The page met an error it does not know.", next: "Reload the page." };

/**
 * Carries one request, or takes up one that the chain knows already.
 *
 * @param place of a request to take up, from the address of the page
 * @param onPlace told where the run is now, for the address of the page
 */
export function useRun(asked: Asked, place: Place, onPlace: (place: Place) => void): RunControl {
  const worker = useWorker();
  const vault = useVault();
  const queries = useQueryClient();
  const { deployment } = useSettings();
  const [run, setRun] = useState<Run>(NEW_RUN);
  const work = useRef<AbortController | null>(null);
  /** The run as it stands now, ahead of what is rendered. */
  const latest = useRef(NEW_RUN);
  const update = (change: (before: Run) => Run) => {
    latest.current = change(latest.current);
    setRun(latest.current);
  };

  const keyOf = (requestId: bigint) => ({ chainId: deployment.chainId, hub: deployment.contracts.hub, requestId });
  const news = (each: RunNews) => {
    const seenAt = Date.now();
    update((before) => withNews(before, each, seenAt));
    if (each.type !== "event" || each.event.step !== "pay") return;
    const { requestId } = latest.current;
    if (requestId !== undefined) keepRun(keyOf(requestId), latest.current);
    else if (each.event.hash !== undefined) onPlace({ transaction: each.event.hash });
  };

  /** Does a piece of work; when it fails, the run goes to the phase that `after` names. */
  const attempt = async (piece: (signal: AbortSignal) => Promise<void>, after: (failure: WireError) => Phase) => {
    work.current?.abort();
    const controller = new AbortController();
    work.current = controller;
    try {
      await piece(controller.signal);
    } catch (error) {
      if (work.current !== controller) return;
      const failure = failureOf(error);
      const stopped = failure.code === "ABORTED";
      update((before) => ({ ...before, phase: after(failure), failure: stopped ? undefined : failure }));
    }
  };

  const follow = (requestId: bigint) =>
    attempt(
      async (signal) => {
        update((before) => ({ ...before, phase: "following", requestId, failure: undefined }));
        const { locked, answer, answers } = await worker.call("follow", requestId, { signal, onProgress: news });
        if (signal.aborted) return;
        update((before) => ({ ...before, phase: locked ? "locked" : "answered", answer, answers }));
        void queries.invalidateQueries({ queryKey: ["latest-result"] });
      },
      () => "failed",
    );

  const takeUp = useEffectEvent(({ requestId, transaction }: Place) => {
    if (requestId !== undefined) {
      if (requestId === latest.current.requestId) return;
      update(() => ({ ...NEW_RUN, ...findRun(keyOf(requestId)) }));
      void follow(requestId);
    } else if (transaction !== undefined && latest.current.phase === "idle") {
      update((before) => ({ ...before, phase: "following" }));
      void attempt(
        async (signal) => {
          for (let id: bigint | null = null; id === null;) {
            id = await worker.call("requestMadeBy", transaction, { signal }).catch(nullWhileUnreachable);
            if (id !== null) onPlace({ requestId: id });
            else await new Promise((resolve) => setTimeout(resolve, LOOK));
          }
        },
        () => "failed",
      );
    }
  });
  // A request named in the address of the page is taken up, whoever made it.
  const { requestId, transaction } = place;
  useEffect(() => {
    takeUp({ requestId, transaction });
  }, [requestId, transaction]);
  useEffect(
    () => () => {
      work.current?.abort();
      work.current = null;
      latest.current = NEW_RUN;
    },
    [],
  );

  return {
    run,
    steps: useMemo(
      () => stepsOf(run, (digest) => worker.call("bytes", digest), asked.replicas),
      [run, worker, asked.replicas],
    ),
    encrypt: async (values, price) => {
      if (!(await vault.ensureOpen())) return;
      update(() => ({ ...NEW_RUN, phase: "encrypting" }));
      await attempt(
        async (signal) => {
          const argument = { ...asked, values, price };
          const { handle, keySetId } = await worker.call("encrypt", argument, { signal, onProgress: news });
          if (signal.aborted) return;
          const made = latest.current.crossings.find(({ step }) => step === "keys");
          if (made) keepKeyTile(keySetId, made);
          const known = made ? undefined : findKeyTile(keySetId);
          update((before) => ({
            ...before,
            phase: "encrypted",
            handle,
            crossings: known ? [...before.crossings, known] : before.crossings,
          }));
          void queries.invalidateQueries({ queryKey: ["vault"] });
        },
        ({ code }) => (code === "ABORTED" ? "idle" : "failed"),
      );
    },
    send: async (price) => {
      const { handle } = run;
      if (handle === undefined) return;
      let sent: bigint | undefined;
      update((before) => ({ ...before, phase: "sending", failure: undefined }));
      await attempt(
        async (signal) => {
          sent = (await worker.call("send", { handle, price }, { signal, onProgress: news })).requestId;
        },
        ({ code }) => (NOT_TO_REPEAT.has(code) || wasSent(latest.current) ? "failed" : "encrypted"),
      );
      if (sent === undefined) return;
      const id = sent;
      update((before) => ({ ...before, requestId: id }));
      keepRun(keyOf(id), latest.current);
      onPlace({ requestId: id });
      await follow(id);
    },
    open: async () => {
      const { requestId: id } = run;
      if (id !== undefined && (await vault.ensureOpen())) await follow(id);
    },
    goOn: () => {
      if (run.requestId !== undefined) void follow(run.requestId);
    },
    stop: () => {
      work.current?.abort();
    },
    reset: () => {
      work.current?.abort();
      work.current = null;
      update(() => NEW_RUN);
      onPlace({});
    },
  };
}
