/**
 * `npm run demo`: one private inference, the whole way, on this machine. Nothing in it is a mock: a chain, the contracts, a node, the sealed digits
 * model, a user's keys, an encrypted held-out digit. Exit code 0 only if the decrypted answer agrees with the plain model's.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { Command, Option } from "commander";
import { Wallet } from "ethers";
import { destination } from "pino";

import { getQuote } from "../offchain/chain/requests.ts";
import { infer } from "../offchain/client/infer.ts";
import type { ClientContext, Inference, KeyProgress, TimelineEvent } from "../offchain/client/types.ts";
import { FileVaultStore } from "../offchain/client/vault/file-store.ts";
import { Vault } from "../offchain/client/vault/vault.ts";
import { localWallet } from "../offchain/client/local-wallet.ts";
import { CloakworkError } from "../offchain/errors.ts";
import { loadDigits, SPLIT, takeDigits, type Digits } from "./digits/data.ts";
import { predict, winners } from "./digits/evaluate.ts";
import { readModel } from "./digits/model-files.ts";
import { startLocalNetwork, type LocalNetwork, type NetworkStep } from "./network/local-network.ts";
import { requireNode24 } from "./require-node.ts";
import { wholeNumber } from "./whole-number.ts";

requireNode24();

const MEASURED = 25;
const flags = new Command("npm run demo --")
  .description(
    "One private inference, the whole way, on this machine. Exit code 0 only if the decrypted answer is the plain model's.",
  )
  .addOption(new Option("--digit <k>", "which held-out digit").default(0).argParser(wholeNumber(0, SPLIT.heldOut - 1)))
  .addOption(new Option("--engine <engine>", "what the node evaluates with").default("simd").choices(["simd", "seal"]))
  .option("--json", "end with one line of JSON", false)
  .parse()
  .opts<{ digit: number; engine: "simd" | "seal"; json: boolean }>();

const started = performance.now();
const say = (text: string): void => {
  process.stdout.write(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${text}\n`);
};
const bytes = (count: number): string =>
  count < 1e6 ? `${(count / 1e3).toFixed(1)} KB` : `${(count / 1e6).toFixed(1)} MB`;

/** Shows each picture as the person sees it and nobody else: 28 rows of ink, two pixels a character. */
function picture(digit: Digits): string {
  const ink = (row: number, column: number): boolean => digit.images[28 * row + column] > 0.4;
  const lines = Array.from({ length: 14 }, (_, row) =>
    Array.from({ length: 28 }, (_, column) => {
      const [top, bottom] = [ink(2 * row, column), ink(2 * row + 1, column)];
      return top ? (bottom ? "█" : "▀") : bottom ? "▄" : " ";
    }).join(""),
  );
  return lines
    .filter((line) => line.trim() !== "")
    .map((line) => `          ${line}`)
    .join("\n");
}

/** Tells what goes on, each sentence once, and how long keys, encryption and decryption took. */
class Narrator {
  readonly ms = { keygen: 0, encrypt: 0, decrypt: 0 };
  keyBytes = 0;
  #last = "";
  #stage = "";
  #since = 0;

  network({ state, detail }: NetworkStep): void {
    this.#once(state === "done" || detail.endsWith(".") ? detail : `${detail}…`);
  }

  keys({ stage, detail, total }: KeyProgress): void {
    const now = performance.now();
    if (stage === "make") this.keyBytes = total ?? this.keyBytes;
    if (this.#stage === "make") this.ms.keygen += now - this.#since;
    this.#stage = stage;
    this.#since = now;
    this.#once(detail);
  }

  timeline({ step, state, detail, bytes: size, gas }: TimelineEvent): void {
    const now = performance.now();
    if ((step === "encrypt" || step === "decrypted") && state === "active") this.#since = now;
    if (step === "encrypt" && state === "done") this.ms.encrypt = now - this.#since;
    if (step === "decrypted" && state === "done") this.ms.decrypt = now - this.#since;
    const facts = [size === undefined ? "" : bytes(size), gas === undefined ? "" : `${gas} gas`].filter(
      (fact) => fact !== "",
    );
    this.#once(`${step.padEnd(10)} ${detail}${facts.length > 0 ? ` (${facts.join(", ")})` : ""}`);
  }

  #once(text: string): void {
    if (text === this.#last) return;
    this.#last = text;
    say(text);
  }
}

async function inferDigit(
  network: LocalNetwork,
  folder: string,
  digit: Digits,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<Inference> {
  const { provider, deployment, accounts, published } = network;
  const vault = await Vault.create(new FileVaultStore(path.join(folder, "vault.json")), crypto.randomUUID());
  const [user] = accounts.users;
  const context: ClientContext = {
    provider,
    deployment,
    endpoints: [],
    vault,
    wallet: localWallet(new Wallet(user.privateKey, provider)),
  };
  const { modelId, version } = published;
  const price = await getQuote(provider, deployment.contracts, modelId, version, 0);
  return await infer(
    context,
    { modelId, version, planIndex: 0, values: Float64Array.from(digit.images), price },
    {
      signal,
      onKeys: (progress) => {
        narrator.keys(progress);
      },
      onEvent: (event) => {
        narrator.timeline(event);
      },
    },
  );
}

async function demo(folder: string, signal: AbortSignal): Promise<boolean> {
  const { heldOut } = loadDigits();
  const { digit: index, engine } = flags;
  const digit = takeDigits(heldOut, Uint32Array.of(index));
  const narrator = new Narrator();
  const network = await startLocalNetwork({
    folder,
    samples: MEASURED,
    engine,
    nodeLog: destination({ dest: path.join(folder, "node.log"), mkdir: true }),
    onStep: (step) => {
      narrator.network(step);
    },
    signal,
  });
  try {
    say(`The held-out digit ${index}, in the clear on this device only:\n${picture(digit)}`);
    const inference = await inferDigit(network, folder, digit, narrator, signal);
    return await report(network, digit, inference, narrator);
  } finally {
    await network.stop();
  }
}

async function report(
  network: LocalNetwork,
  digit: Digits,
  inference: Inference,
  narrator: Narrator,
): Promise<boolean> {
  const { answer } = inference;
  const plain = predict(await readModel(path.resolve(import.meta.dirname, "../models/digits")), digit.images);
  const plaintextPrediction = winners(plain)[0];
  const errors = answer.values.map((value, k) => Math.abs(value - plain[k]));
  const maxAbsError = Math.max(...errors);
  const agree = answer.index === plaintextPrediction && maxAbsError <= answer.errorBound + answer.step;
  const evaluate = await evaluationMs(network);
  const total = performance.now() - started;

  say("The decrypted answer beside the plain model's:");
  const row = (name: string, values: ArrayLike<number>): string =>
    `          ${name.padEnd(10)}${Array.from(values, (value) => value.toFixed(2).padStart(8)).join("")}`;
  console.log(
    row(
      "digit",
      Array.from(plain, (_, k) => k),
    ).replaceAll(".00", "   "),
  );
  console.log(row("encrypted", answer.values));
  console.log(row("plain", plain));
  console.log(row("error", errors));
  say(
    `It is a ${answer.label ?? "?"}; the plain model says ${plaintextPrediction}, the label ${digit.labels[0]}. Largest error ${maxAbsError.toFixed(3)}, bound ${answer.errorBound.toFixed(3)}.`,
  );
  say(
    `Left this device: keys ${bytes(narrator.keyBytes)}, input ${bytes(inference.bytes.input)}. Came back: ${bytes(inference.bytes.result)}. No pixel, no logit.`,
  );
  say(agree ? "They agree." : "They do not agree.");
  if (flags.json) {
    const round = (value: number): number => Math.round(value * 10) / 10;
    const { keygen, encrypt, decrypt } = narrator.ms;
    console.log(
      JSON.stringify({
        prediction: answer.index,
        plaintextPrediction,
        label: digit.labels[0],
        maxAbsError,
        bytes: { keys: narrator.keyBytes, input: inference.bytes.input, result: inference.bytes.result },
        gas: {
          request: Number(inference.gas.request),
          post: Number(inference.gas.post),
          settle: Number(inference.gas.settle),
        },
        ms: {
          keygen: round(keygen),
          encrypt: round(encrypt),
          evaluate: round(evaluate),
          decrypt: round(decrypt),
          total: round(total),
        },
        peakRssMb: round(process.resourceUsage().maxRSS / 1024),
      }),
    );
  }
  return agree;
}

/** Milliseconds of the one evaluation, as the node measured it. */
async function evaluationMs(network: LocalNetwork): Promise<number> {
  const { values } = await network.node().metrics.evaluationSeconds.get();
  return 1000 * (values.find(({ metricName }) => metricName?.endsWith("_sum"))?.value ?? 0);
}

const stop = new AbortController();
process.once("SIGINT", () => {
  stop.abort(new CloakworkError("INTERRUPTED", "The demo was interrupted.", "Start it again; nothing of it was kept."));
});
const folder = await mkdtemp(path.join(tmpdir(), "cloakwork-demo-"));
let agreed = false;
try {
  agreed = await demo(folder, stop.signal);
} catch (error) {
  if (!(error instanceof CloakworkError)) throw error;
  console.error(`${error.message}\n${error.next}`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exit(stop.signal.aborted ? 130 : agreed ? 0 : 1);
