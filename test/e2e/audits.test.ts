/** The digits model on five real nodes: three answer together, and a result is audited by a jury that evaluates it again. */
import { expect } from "chai";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { Wallet } from "ethers";
import { destination } from "pino";

import { getBalance } from "../../offchain/chain/balances.ts";
import { getDispute, getJury } from "../../offchain/chain/disputes.ts";
import { getRequestEvents } from "../../offchain/chain/request-events.ts";
import { getQuote, getRequest, getRequestCount } from "../../offchain/chain/requests.ts";
import { ETHER } from "../../offchain/chain/types.ts";
import { infer } from "../../offchain/client/infer.ts";
import { localWallet } from "../../offchain/client/local-wallet.ts";
import type { ClientContext, Inference } from "../../offchain/client/types.ts";
import { FileVaultStore } from "../../offchain/client/vault/file-store.ts";
import { Vault } from "../../offchain/client/vault/vault.ts";
import { publishModel } from "../../offchain/publisher/publish.ts";
import { loadDigits, takeDigits } from "../../scripts/digits/data.ts";
import { digitsRequest } from "../../scripts/network/digits-model.ts";
import { startFleet, untilServing, type Fleet } from "../../scripts/network/fleet.ts";
import { ownerPorts } from "../../scripts/network/owner-ports.ts";
import { QUICK_PARAMETERS } from "./fleet-parameters.ts";

const NODES = 5;
const { heldOut } = loadDigits();

describe(`the digits model on ${NODES} nodes`, function () {
  this.timeout(300_000);
  let folder: string;
  let fleet: Fleet;
  let context: ClientContext;
  let modelId: bigint;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "cloakwork-audits-"));
    const { hub, disputes } = QUICK_PARAMETERS;
    fleet = await startFleet({
      folder,
      members: Array.from({ length: NODES }, () => ({})),
      // Every result is drawn for an audit, and four requests set aside what one costs: a fee for each of three jurors and for who shows it.
      // Nobody lets a window pass here, so that long ones cost no time.
      parameters: {
        ...QUICK_PARAMETERS,
        hub: { ...hub, acceptWindow: 60, postWindow: 60, revealWindow: 60, auditFeeBps: 10_000 },
        disputes: { ...disputes, commitWindow: 60, revealWindow: 60, verdictWindow: 60, auditBps: 10_000 },
      },
      config: { engine: "simd" },
      log: destination({ dest: path.join(folder, "nodes.log") }),
    });
    const { provider, deployment, accounts, nodes } = fleet;
    const published = await publishModel(
      { ...digitsRequest(2), nodes: nodes.map(({ address }) => address) },
      await ownerPorts(fleet, folder),
    );
    ({ modelId } = published);
    await untilServing(fleet, modelId, NODES);
    const vault = await Vault.create(new FileVaultStore(path.join(folder, "vault.json")), "a passphrase of tests");
    const wallet = localWallet(new Wallet(accounts.users[0].privateKey, provider));
    context = { provider, deployment, endpoints: [], vault, wallet };
  });
  after(async () => {
    await fleet[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function askAbout(index: number, replicas: 1 | 3): Promise<Inference> {
    const { provider, deployment } = fleet;
    const price = await getQuote(provider, deployment.contracts, modelId, 1, 0, replicas);
    const values = Float64Array.from(takeDigits(heldOut, Uint32Array.of(index)).images);
    return await infer(context, { modelId, version: 1, planIndex: 0, replicas, price, values });
  }

  it("is answered by three of them alike, and opened", async () => {
    const { answer, requestId } = await askAbout(0, 3);
    expect(answer.index).to.equal(heldOut.labels[0]);
    const { duties } = await getRequest(fleet.provider, fleet.deployment.contracts, requestId);
    expect(duties.map(({ state }) => state)).to.deep.equal(["released", "released", "released"]);
  });

  it("is evaluated again by a jury once enough was set aside; the right result stands, and jury and who showed it are paid", async () => {
    const { provider, deployment } = fleet;
    const { contracts } = deployment;
    const earned = async (): Promise<bigint> => {
      const balances = fleet.nodes.map(({ address }) => getBalance(provider, contracts, ETHER, address));
      return (await Promise.all(balances)).reduce((sum, one) => sum + one, 0n);
    };
    // Satisfied requesters settle at once, which leaves nothing to audit; their fees are set aside all the same.
    for (let k = 1; k <= 3; k++) expect((await askAbout(k, 1)).answer.index).to.equal(heldOut.labels[k]);
    const before = await earned();
    const requestId = await askAndLeave(5);
    const dispute = await getDispute(provider, contracts, requestId);
    expect(dispute).to.include({ phase: "ended", decided: true, audit: true, right: dispute.standing });
    const jury = await getJury(provider, contracts, requestId);
    expect(jury.map(({ state }) => state)).to.deep.equal(["released", "released", "released"]);
    expect(new Set(jury.map(({ vote }) => vote))).to.deep.equal(new Set([dispute.standing]));
    // Each shows the same state in words of its own.
    expect(new Set(jury.map(({ work }) => work)).size).to.equal(3);
    const { nodeFee } = await getQuote(provider, contracts, modelId, 1, 0);
    const events = await getRequestEvents(provider, contracts.hub, requestId, deployment.fromBlock);
    expect(events.filter(({ type }) => type === "overruled" || type === "missed")).to.deep.equal([]);
    expect((await earned()) - before).to.equal(5n * nodeFee);
  });

  /** Asks, and goes away before the answer: in the end the node settles. @returns the request's id once it is settled */
  async function askAndLeave(index: number): Promise<bigint> {
    const { provider, deployment } = fleet;
    const { contracts } = deployment;
    const leaving = new AbortController();
    const price = await getQuote(provider, contracts, modelId, 1, 0);
    const values = Float64Array.from(takeDigits(heldOut, Uint32Array.of(index)).images);
    const left: unknown = await infer(
      context,
      { modelId, version: 1, planIndex: 0, price, values },
      {
        signal: leaving.signal,
        onEvent: ({ step }) => {
          if (step === "assigned") leaving.abort(new Error("gone away"));
        },
      },
    ).catch((error: unknown) => error);
    expect(left).to.be.instanceOf(Error);
    const id = await getRequestCount(provider, contracts);
    for (let waited = 0; waited < 120_000; waited += 250) {
      if ((await getRequest(provider, contracts, id)).state === "settled") return id;
      await sleep(250);
    }
    throw new Error(`request ${id} was not settled`);
  }
});
