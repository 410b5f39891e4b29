/** One local network, one web server and one browser for all browser tests of a run: started by the first that asks, stopped after the last. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";
import { after } from "mocha";
import { destination } from "pino";
import type { Browser, BrowserContext, Page } from "playwright-core";

import { startLocalNetwork, type LocalNetwork } from "../../../scripts/network/local-network.ts";
import { serveWeb, type WebServer } from "../../../scripts/serve-web.ts";
import type { Settings } from "../../../web/lib/settings.ts";
import { launchBrowser } from "./browser.ts";
import { injectWallet, type InjectedWallet } from "./injected-wallet.ts";
import { startRecordingProxy, type RecordingProxy } from "./recording-proxy.ts";

export interface Stage {
  readonly network: LocalNetwork;
  readonly settings: Settings;
  readonly web: WebServer;
  readonly browser: Browser;
  /** Everything the browser sent, from all pages. */
  readonly proxy: RecordingProxy;
}

let launched: Promise<Browser> | undefined;
let folder: string | undefined;
let started: Promise<Stage> | undefined;

/** The browser of all tests, for those that need nothing else. */
export function sharedBrowser(): Promise<Browser> {
  return (launched ??= launchBrowser());
}

export function stage(): Promise<Stage> {
  return (started ??= start());
}

/** What `npm start` gives the page of a network. */
export function settingsOf(network: LocalNetwork): Settings {
  return {
    chain: { id: network.chain.chainId, name: "Local chain", rpcUrl: network.chain.url, currency: "ETH" },
    deployment: network.deployment,
    storage: [network.node().address],
    playWallet: { privateKey: network.accounts.users[0].privateKey },
  };
}

async function start(): Promise<Stage> {
  folder = await mkdtemp(path.join(tmpdir(), "cloakwork-web-"));
  const network = await startLocalNetwork({
    folder,
    samples: 1,
    nodeLog: destination({ dest: path.join(folder, "node.log"), mkdir: true }),
    node: { pollMs: 300 },
  });
  const settings = settingsOf(network);
  const [web, browser, proxy] = await Promise.all([serveWeb({ settings }), sharedBrowser(), startRecordingProxy()]);
  return { network, settings, web, browser, proxy };
}

after(async function () {
  this.timeout(60_000);
  await (await launched)?.close();
  if (started === undefined) return;
  const { network, web, proxy } = await started;
  await Promise.all([proxy.close(), web.close(), network.stop()]);
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

export interface VisitOptions {
  readonly path?: string;
  /** An injected wallet; none when omitted. */
  readonly wallet?: Partial<InjectedWallet>;
  readonly theme?: "light" | "dark";
  /** Width of the window in pixels. */
  readonly width?: number;
  /** Whether things move, as they do for most people. Nothing does when omitted: without a graphics card, drawing frames costs more than what is tested. */
  readonly motion?: boolean;
  /** Server to visit in place of the stage's own. */
  readonly url?: string;
}

/** A browser profile of its own with one page in it. */
export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors and warnings of the console, uncaught exceptions, violations of the policy. */
  readonly problems: readonly string[];
  readonly close: () => Promise<void>;
}

/** Opens the app as a person would, with nothing stored from before. */
export async function visit(options: VisitOptions = {}): Promise<Visit> {
  const { browser, web, proxy, network } = await stage();
  const { path: place = "/", wallet, theme = "light", width = 1280, motion = false, url = web.url } = options;
  const context = await browser.newContext({
    colorScheme: theme,
    reducedMotion: motion ? "no-preference" : "reduce",
    viewport: { width, height: width < 600 ? 844 : 900 },
    proxy: { server: proxy.url },
    acceptDownloads: true,
  });
  if (wallet) {
    await context.addInitScript(injectWallet, {
      rpcUrl: network.chain.url,
      account: network.accounts.users[1].address,
      chainId: network.chain.chainId,
      name: "Test Wallet",
      rdns: "org.example.test",
      ...wallet,
    });
  }
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning")
      problems.push(`${message.type()}: ${message.text()}`);
  });
  await page.goto(url + place);
  return { page, context, problems, close: () => context.close() };
}

/** Fails with what the console said, if it said anything. */
export function expectNoProblems({ problems }: Visit): void {
  expect(problems, problems.join("\n")).to.deep.equal([]);
}
