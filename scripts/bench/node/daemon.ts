/** A node as an operator runs it: the command, in a process of its own, and what the system says of its memory. */
import { execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

import type { LocalAccount, LocalChain } from "../../local-chain.ts";

const COMMAND = path.resolve(import.meta.dirname, "../../../bin/cloakwork.mjs");

/** A running node. */
export interface Daemon extends AsyncDisposable {
  /** Where it serves. */
  readonly endpoint: string;
  /** Its memory now: what is resident, and the most that ever was; in MB of 10^6 bytes. */
  memory(): { readonly resident: number; readonly peak: number };
}

export interface DaemonOptions {
  /** Holds its keys and its blobs. */
  readonly folder: string;
  /** Folder of the deployment file. */
  readonly deployments: string;
  readonly chain: LocalChain;
  readonly account: LocalAccount;
}

/** Makes a node's keys and starts it. @throws Error when it ends before it serves, with what it printed */
export async function startDaemon({ folder, deployments, chain, account }: DaemonOptions): Promise<Daemon> {
  const shared = [COMMAND, "--home", folder, "--rpc", chain.url, "--deployment", deployments, "--json"];
  const env = {
    ...process.env,
    CLOAKWORK_NODE_SECRET_PASSPHRASE: "a bench's passphrase",
    CLOAKWORK_NODE_POLL_MS: "250",
    CLOAKWORK_NODE_GRANTS_MS: "500",
    CLOAKWORK_NODE_LOG_LEVEL: "warn",
  };
  const withKey = { ...env, CLOAKWORK_PRIVATE_KEY: account.privateKey };
  await promisify(execFile)(process.execPath, [...shared, "node", "init"], { env: withKey });
  const child = spawn(process.execPath, [...shared, "node", "start", "--port", "0"], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => {
      resolve();
    });
  });
  const endpoint = await new Promise<string>((resolve, reject) => {
    const printed: string[] = [];
    createInterface(child.stdout).on("line", (line) => {
      printed.push(line);
      const said = JSON.parse(line) as { readonly type?: string; readonly address?: string };
      if (said.type === "started" && said.address !== undefined) resolve(said.address);
    });
    void ended.then(() => {
      reject(new Error(`the node ended before it served:\n${printed.join("\n")}`));
    });
  });
  return {
    endpoint,
    memory() {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      return { resident: megabytes(status, "VmRSS"), peak: megabytes(status, "VmHWM") };
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGINT");
      await ended;
    },
  };
}

function megabytes(status: string, name: "VmRSS" | "VmHWM"): number {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status);
  if (found === null) throw new Error(`the system does not tell ${name}`);
  return Math.round((Number(found[1]) * 1024) / 1e6);
}
