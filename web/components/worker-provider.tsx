"use client";

import { createContext, use, useState, type ReactNode } from "react";
import { useConfig, type Config } from "wagmi";
import { getConnection } from "wagmi/actions";

import type { Settings } from "../lib/settings.ts";
import type { WorkerApi } from "../worker/api.ts";
import { connect, type Remote } from "../worker/connect.ts";
import type { WalletQuestion } from "../worker/protocol.ts";
import { useSettings } from "./settings-provider.tsx";

const Context = createContext<Remote<WorkerApi> | null>(null);

/** The worker that holds the vault and does the work. */
export function useWorker(): Remote<WorkerApi> {
  const worker = use(Context);
  if (worker === null) throw new Error("useWorker needs a WorkerProvider above it");
  return worker;
}

/** EIP-1193: the page has no account to act with. */
const UNAUTHORISED = 4100;

/** Passes the worker's questions on to whichever wallet is connected when they come. */
async function askWallet(config: Config, question: WalletQuestion): Promise<unknown> {
  const { connector } = getConnection(config);
  if (connector === undefined) throw Object.assign(new Error("No wallet is connected."), { code: UNAUTHORISED });
  const provider = (await connector.getProvider()) as { request(question: WalletQuestion): Promise<unknown> };
  return provider.request(question);
}

function startWorker(config: Config, settings: Settings): Remote<WorkerApi> {
  const worker = new Worker(new URL("../worker/cloakwork.worker.ts", import.meta.url), {
    type: "module",
    name: "cloakwork",
  });
  const remote = connect<WorkerApi>(worker, (question) => askWallet(config, question));
  void remote.call("start", settings);
  return remote;
}

/** Starts the one worker of the page. It lives as long as the page does, so that an unlocked vault stays so from view to view. */
export function WorkerProvider({ children }: { readonly children: ReactNode }) {
  const config = useConfig();
  const settings = useSettings();
  const [remote] = useState(() => startWorker(config, settings));
  return <Context value={remote}>{children}</Context>;
}
