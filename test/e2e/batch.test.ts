/** A batch of one user's inputs, the whole way over real nodes: one request, its result a blob. */
import { createServer } from "node:http";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { expect } from "chai";
import { Wallet } from "ethers";
import { destination } from "pino";

import { writeDeployment } from "../../offchain/chain/node/deployment-file.ts";
import { getChallenges, getDispute, getJury } from "../../offchain/chain/disputes.ts";
import { getNode } from "../../offchain/chain/nodes.ts";
import { getRequestEvents } from "../../offchain/chain/request-events.ts";
import {
  getHubParameters,
  getQuote,
  getRequest,
  getRequestCount,
  requestInference,
} from "../../offchain/chain/requests.ts";
import type { InferenceRequest, Quote, RequestState } from "../../offchain/chain/types.ts";
import { choosePlan } from "../../offchain/client/choose-plan.ts";
import { ensureKeys } from "../../offchain/client/ensure-keys.ts";
import { checkInput } from "../../offchain/client/encrypt-input.ts";
import { infer } from "../../offchain/client/infer.ts";
import { loadPlan } from "../../offchain/client/load-plan.ts";
import { localWallet } from "../../offchain/client/local-wallet.ts";
import { releaseResult } from "../../offchain/client/release-result.ts";
import { balanceOf } from "../../offchain/client/request-actions.ts";
import { resumeRequest } from "../../offchain/client/resume.ts";
import type { ClientContext, Inference, Replicas, TimelineEvent } from "../../offchain/client/types.ts";
import { findRequest } from "../../offchain/client/vault-requests.ts";
import { FileVaultStore } from "../../offchain/client/vault/file-store.ts";
import { Vault } from "../../offchain/client/vault/vault.ts";
import { complain } from "../../offchain/client/withheld.ts";
import { bytes32 } from "../../offchain/digest/hex.ts";
import { blobRoot } from "../../offchain/digest/merkle.ts";
import { evaluateGraph } from "../../offchain/fhe/graph/evaluate.ts";
import { importTfjs } from "../../offchain/fhe/graph/import-tfjs.ts";
import type { CheckedPlan } from "../../offchain/fhe/plan/typecheck.ts";
import { REJECT_CODES } from "../../offchain/node/reject-codes.ts";
import { publishModel } from "../../offchain/publisher/publish.ts";
import type { Published, PublishRequest } from "../../offchain/publisher/types.ts";
import { HttpStore } from "../../offchain/storage/http-store.ts";
import { actingMember, wrongResult, type Acting } from "../../scripts/network/acting.ts";
import { startFleet, untilServing, type Fleet } from "../../scripts/network/fleet.ts";
import { ownerPorts } from "../../scripts/network/owner-ports.ts";
import { errorOf, linesOf, runHere, type Ran } from "../offchain/cli/run.ts";
import { smallRequest } from "../offchain/publisher/world.ts";
import { startFront, type Front } from "./front.ts";
import { QUICK_PARAMETERS } from "./fleet-parameters.ts";

const NODES = 5;
/** The node that evaluates others' answers again. */
const LOOKER = 4;
/** So much more than the looker's that it is never drawn for a request itself. */
const BOND = 5n * 10n ** 18n;
const { hub, disputes } = QUICK_PARAMETERS;
const COUNT = 5;
const ELEMENTS = 6;

describe("a batch, the whole way", function () {
  this.timeout(180_000);
  const acting: Acting[] = Array.from({ length: NODES }, () => ({}));
  let folder: string;
  let fronts: readonly Front[] = [];
  let fleet: Fleet;
  let published: Published;
  let request: PublishRequest;
  let context: ClientContext;
  let plan: CheckedPlan;
  let planIndex: number;

  const values = Float64Array.from({ length: COUNT * ELEMENTS }, (_, i) => Math.sin(i + 1));
  const endpoints = (): string[] => fleet.nodes.map(({ endpoint }) => endpoint);
  const quote = (replicas: Replicas): Promise<Quote> =>
    getQuote(fleet.provider, fleet.deployment.contracts, published.modelId, 1, planIndex, replicas);

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "cloakwork-batch-"));
    fronts = await Promise.all(acting.map(startFront));
    fleet = await startFleet({
      folder,
      members: acting.map((act, index) => ({
        ...actingMember(act),
        config: {
          publicUrl: fronts[index].url,
          ...(index === LOOKER ? { challenge: 1 } : { bond: BOND.toString() }),
        },
      })),
      // Nobody waits here for the end of a window but jurors who look for a result, so that long ones cost no time.
      parameters: {
        ...QUICK_PARAMETERS,
        hub: { ...hub, acceptWindow: 60, postWindow: 60, revealWindow: 60, challengeWindow: 60 },
        disputes: { ...disputes, revealWindow: 60, verdictWindow: 60 },
      },
      config: { challenge: "never", audits: false },
      log: destination({ dest: path.join(folder, "nodes.log") }),
    });
    fleet.nodes.forEach(({ endpoint }, index) => (fronts[index].target = endpoint));
    const { provider, deployment, accounts, nodes } = fleet;
    request = { ...(await smallRequest()), batch: { units: 3 }, nodes: nodes.map(({ address }) => address) };
    published = await publishModel(request, await ownerPorts(fleet, folder, fronts[0].url));
    planIndex = choosePlan(published.manifest, COUNT);
    const vault = await Vault.create(new FileVaultStore(path.join(folder, "vault.json")), "a batch's passphrase");
    const wallet = localWallet(new Wallet(accounts.users[0].privateKey, provider));
    context = { provider, deployment, endpoints: [], vault, wallet };
    const { digest, paramsDigest, semantics } = published.manifest.plans[planIndex];
    plan = await loadPlan({ planDigest: digest, paramsDigest, semantics }, { endpoints: endpoints() });
    writeDeployment(at("deployments"), deployment);
    await untilServing(fleet, published.modelId, NODES);
  });
  after(async () => {
    await fleet[Symbol.asyncDispose]();
    for (const front of fronts) await front[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  afterEach(() => {
    for (const act of acting) act.lie = undefined;
    for (const front of fronts) front.withheld = undefined;
  });

  async function ask(
    replicas: Replicas,
    onEvent: (event: TimelineEvent) => void = () => undefined,
    settle = true,
    signal?: AbortSignal,
  ): Promise<Inference> {
    const { modelId, manifest } = published;
    const price = await quote(replicas);
    const input = { modelId, version: 1, planIndex, values, price, replicas, stated: manifest };
    return await infer(context, input, { onEvent, settle, ...(signal && { signal }) });
  }

  function expectRight({ answers, answer }: Inference): void {
    const { modelJson, weights } = request.source;
    const graph = importTfjs(modelJson, weights);
    expect(answers).to.have.length(COUNT);
    expect(answer).to.equal(answers[0]);
    answers.forEach(({ values: got, errorBound, step, labels, index, label }, k) => {
      const expected = evaluateGraph(graph, values.subarray(k * ELEMENTS, (k + 1) * ELEMENTS));
      got.forEach((value, i) => expect(value).to.be.closeTo(expected[i], errorBound + step));
      expect(labels).to.deep.equal(["a", "b", "c"]);
      expect(label).to.equal(labels[index!]);
    });
  }

  /** @param resolved waits for the end of a dispute, too */
  async function until(id: bigint, states: readonly RequestState[], resolved = false): Promise<InferenceRequest> {
    for (const end = Date.now() + 90_000; ;) {
      const found = await getRequest(fleet.provider, fleet.deployment.contracts, id);
      if (states.includes(found.state) && (!resolved || found.until === 0)) return found;
      if (Date.now() > end) throw new Error(`request ${id} is ${found.state}, not ${states.join(" or ")}`);
      await sleep(200);
    }
  }

  const at = (name: string): string => path.join(folder, name);
  function runAs(user: number, ...args: string[]): Promise<Ran> {
    const shared = ["--home", at("home"), "--rpc", fleet.chain.url, "--deployment", at("deployments")];
    const key = fleet.accounts.users[user].privateKey;
    const env = { CLOAKWORK_PASSPHRASE: "a command's passphrase", CLOAKWORK_PRIVATE_KEY: key };
    return runHere([...shared, ...args], { env });
  }

  const indexOf = (node: string): number =>
    fleet.nodes.findIndex(({ address }) => address.toLowerCase() === node.toLowerCase());

  /** Whichever node is the first to evaluate a request tells another result, always the same. @returns which one, once it has */
  function theFirstLies(request: bigint): () => number {
    let liar = -1;
    acting.forEach((act, index) => {
      act.lie = (bytes, id) => {
        if (id !== request) return bytes;
        if (liar < 0) liar = index;
        return index === liar ? wrongResult(bytes) : bytes;
      };
    });
    return () => liar;
  }

  it("gives an answer an input, by a digest on chain and a blob at the node", async () => {
    const told: TimelineEvent[] = [];
    const inference = await ask(1, (event) => told.push(event));
    expectRight(inference);
    expect(inference.settled).to.equal(true);
    const { contracts, fromBlock } = fleet.deployment;
    const { result } = await getRequest(fleet.provider, contracts, inference.requestId);
    expect(result).to.include({ kind: 1, size: plan.plan.estimates.resultBytes });
    expect(inference.bytes.input).to.equal(plan.plan.estimates.inputBytes);
    const events = await getRequestEvents(fleet.provider, contracts.hub, inference.requestId, fromBlock);
    const posted = events.find((event) => event.type === "posted");
    expect(posted?.result.data).to.equal("0x");
    const node = fleet.nodes.find(({ address }) => address.toLowerCase() === posted?.node.toLowerCase())!;
    const bytes = await new HttpStore({ endpoints: [node.endpoint] }).get(bytes32(result!.digest), { maxBytes: 1e6 });
    expect(blobRoot(bytes)).to.equal(result!.digest);
    const parts = told.flatMap(({ step, progress }) =>
      step === "encrypt" && progress !== undefined ? [progress] : [],
    );
    expect(parts).to.have.length(plan.plan.inputs.length);
    expect(parts.at(-1)).to.equal(1);
    expect(told.some(({ step, progress }) => step === "decrypted" && progress === 1)).to.equal(true);
  });

  it("is the same at every honest node, and one that lies is outvoted", async () => {
    const liar = theFirstLies((await getRequestCount(fleet.provider, fleet.deployment.contracts)) + 1n);
    const inference = await ask(3);
    expectRight(inference);
    const { duties } = await getRequest(fleet.provider, fleet.deployment.contracts, inference.requestId);
    const duty = duties.find(({ node }) => indexOf(node) === liar());
    expect(duty?.state).to.equal("overruled");
  });

  it("releases the values of the input that is named, and of all at once none", async () => {
    const { requestId, answers } = await ask(1, undefined, false);
    const stored = await findRequest(context, requestId);
    let refused: unknown;
    await releaseResult(context, stored).catch((error: unknown) => (refused = error));
    expect(refused).to.include({ code: "SAMPLE_NOT_GIVEN" });
    const { values: released, step } = await releaseResult(context, stored, { sample: 2 });
    released.forEach((value, i) => expect(value).to.be.closeTo(answers[2].values[i], 2 * step));
  });

  it("is asked by the command: the plan follows from the number of inputs, a JSON line ends it with all answers", async () => {
    const run = (...args: string[]): Promise<Ran> => runAs(1, ...args);
    const rows = Array.from({ length: COUNT }, (_, k) => Array.from(values.subarray(k * ELEMENTS, (k + 1) * ELEMENTS)));
    await writeFile(at("inputs.json"), JSON.stringify(rows));
    await writeFile(at("many.f32"), new Uint8Array(4097 * ELEMENTS * 4));
    const id = published.modelId.toString();
    expect((await run("models", id)).stdout).to.match(
      /Batches +up to 4096 inputs a request \(plan 1\) for [0-9.]+ ETH/,
    );
    const both = ["--input", at("inputs.json"), "--batch", at("inputs.json"), "--json"];
    expect(errorOf(await run("infer", id, ...both)).code).to.equal("USAGE");
    const tooMany = await run("infer", id, "--batch", at("many.f32"), "--yes", "--json");
    expect(errorOf(tooMany).code).to.equal("BATCH_TOO_LARGE");

    expect((await run("vault", "create")).code).to.equal(0);
    const ran = await run("infer", id, "--input", at("inputs.json"), "--yes", "--json", "--no-settle");
    const last = linesOf(ran).at(-1) as unknown as Inference;
    expect(last.answers).to.have.length(COUNT);
    const shown = await run("requests", "show", String(last.requestId));
    expect(shown.stdout)
      .to.match(/^5 answers; each value is right to within ±/m)
      .and.match(/^INPUT +ANSWER/m);
    last.answers.forEach(({ label }, k) => expect(shown.stdout).to.match(new RegExp(`^${k} +${label}( |$)`, "m")));
  });

  it("says what to do when a result is served by nobody, or wrongly, and opens it once a node is back", async () => {
    fronts[LOOKER].withheld = plan.plan.estimates.resultBytes;
    const { requestId } = await ask(1, undefined, false);
    const stored = await findRequest(context, requestId);
    const { duties } = await getRequest(fleet.provider, fleet.deployment.contracts, requestId);
    const holder = fleet.nodes.find(({ address }) => address.toLowerCase() === duties[0].node.toLowerCase())!;
    const { digest } = published.manifest.plans[planIndex];
    const planBlob = await new HttpStore({ endpoints: endpoints() }).get(bytes32(digest), { maxBytes: 1e7 });
    // Serves the plan and, for anything else, bytes that are something else.
    const liar = createServer((asked, response) => {
      response.end(asked.url?.includes(digest.slice(2)) ? planBlob : "something else");
    });
    await new Promise<void>((resolve) => liar.listen(0, "127.0.0.1", resolve));
    const endpoint = `http://127.0.0.1:${(liar.address() as AddressInfo).port}`;
    await holder.stop();
    try {
      let failed: unknown;
      const lied = { ...context, endpoints: [endpoint] };
      await resumeRequest(lied, stored, { settle: false }).catch((error: unknown) => (failed = error));
      expect(failed).to.include({ code: "RESULT_UNAVAILABLE" });
      expect((failed as Error).message)
        .to.match(/other bytes/)
        .and.match(/could not be reached/);
    } finally {
      await holder.start();
      liar.closeAllConnections();
      liar.close();
    }
    expectRight(await resumeRequest({ ...context, endpoints: [endpoint] }, stored, { settle: false }));
  });

  const stakeOf = async (index: number): Promise<bigint> =>
    (await getNode(fleet.provider, fleet.deployment.contracts, fleet.nodes[index].address))!.stake;

  it("withheld by who posted it: the requester complains, a jury finds it so, the node loses its bond and the jury serves the result", async () => {
    const { provider, deployment } = fleet;
    const { contracts } = deployment;
    // Who looks into the answer keeps it to itself, too, until the jury is called.
    for (const front of fronts) front.withheld = plan.plan.estimates.resultBytes;
    let failed: unknown;
    await ask(1).catch((error: unknown) => (failed = error));
    expect(failed).to.include({ code: "RESULT_UNAVAILABLE" });
    const id = await getRequestCount(provider, contracts);
    const { duties, result } = await getRequest(provider, contracts, id);
    const poster = indexOf(duties[0].node);
    const stake = await stakeOf(poster);
    const command = ["requests", "complain", id.toString(), "--json"];
    expect(errorOf(await runAs(0, ...command)).code).to.equal("NOT_AGREED");
    const [said] = linesOf(await runAs(0, ...command, "--yes"));
    expect(said).to.include({ state: "judging", bond: disputes.challengeBond.toString() });
    // What is said already is not said again.
    expect(await complain(context, id)).to.include({ state: "judging" });
    for (const [index, front] of fronts.entries()) if (index !== poster) front.withheld = undefined;
    // The client waits for the verdict and opens the result from the jury.
    expectRight(await resumeRequest(context, await findRequest(context, id), { settle: false }));
    expect(stake - (await stakeOf(poster))).to.equal(BOND);
    const dispute = await getDispute(provider, contracts, id);
    expect(dispute).to.include({ phase: "ended", decided: true, right: dispute.withheld });
    const jury = await getJury(provider, contracts, id);
    expect(jury.map(({ state }) => state)).to.deep.equal(["released", "released", "released"]);
    expect((await getRequest(provider, contracts, id)).result).to.deep.equal(result);
    const had = await balanceOf(context);
    const [got] = linesOf(await runAs(0, ...command, "--yes"));
    expect(got).to.include({ state: "ended", withheld: true });
    expect(got["withdrawn"]).to.include({ amount: (had + disputes.challengeBond).toString() });
    expect(await balanceOf(context)).to.equal(0n);
  });

  it("two disputes at once: a result made up by its node is replaced, and a complaint about one that is served costs the jury", async () => {
    const { provider, deployment } = fleet;
    const { contracts, fromBlock } = deployment;
    const madeUp = (await getRequestCount(provider, contracts)) + 1n;
    const liar = theFirstLies(madeUp);
    const leaving = new AbortController();
    const leave = ({ step }: TimelineEvent): void => {
      if (step === "assigned") leaving.abort(new Error("gone away"));
    };
    const left: unknown = await ask(1, leave, false, leaving.signal).catch((error: unknown) => error);
    expect(left).to.be.instanceOf(Error).and.to.include({ message: "gone away" });

    const { requestId: served } = await ask(1, undefined, false);
    let refused: unknown;
    await complain(context, served).catch((error: unknown) => (refused = error));
    expect(refused).to.include({ code: "RESULT_SERVED" });
    const had = await balanceOf(context);
    // Nodes that give the bytes out only once a jury looks.
    for (const front of fronts) front.withheld = plan.plan.estimates.resultBytes;
    await complain(context, served);
    for (const front of fronts) front.withheld = undefined;

    // Its node settles as soon as the verdict allows it.
    const replaced = await until(madeUp, ["posted", "settled"], true);
    const posted = (await getRequestEvents(provider, contracts.hub, madeUp, fromBlock)).filter(
      (event) => event.type === "posted",
    );
    expect(posted.map(({ result }) => result.digest))
      .to.have.length(2)
      .and.to.include(replaced.result!.digest);
    expect(posted[0].result.digest).not.to.equal(replaced.result!.digest);
    const overruled = (await getRequestEvents(provider, contracts.hub, madeUp, fromBlock)).find(
      (event) => event.type === "overruled",
    );
    expect(overruled).to.include({ node: fleet.nodes[liar()].address, penalty: BOND });
    expect((await getChallenges(provider, contracts, madeUp))[0].challenger).to.equal(fleet.nodes[LOOKER].address);
    expectRight(await resumeRequest(context, await findRequest(context, madeUp)));
    const settled = (await getRequestEvents(provider, contracts.hub, madeUp, fromBlock)).find(
      (event) => event.type === "settled",
    );
    expect(settled).to.include({ paidToNodes: 0n });
    const { nodeFee } = replaced;

    await until(served, ["posted", "settled"], true);
    expect(await complain(context, served)).to.include({ state: "ended", withheld: false });
    const rest = disputes.challengeBond - disputes.jurorFee * BigInt(disputes.jurySize);
    // The liar's fee came back with the settlement, what is left of the bond with the verdict.
    expect((await balanceOf(context)) - had).to.equal(rest + nodeFee);
    expectRight(await resumeRequest(context, await findRequest(context, served), { settle: false }));
  });

  describe("of bytes that are no good input", () => {
    let keySetId: `0x${string}`;
    let good: { bytes: Uint8Array; root: `0x${string}` };
    before(async () => {
      ({ keySetId } = await ensureKeys(context, plan.plan, { endpoints: endpoints() }));
      good = await checkInput(plan, values).encrypt(context.vault, bytes32(keySetId));
    });

    /** As a program of somebody else's would ask. @param size as the request states it */
    async function raw(bytes: Uint8Array, size = bytes.length, upload = true): Promise<bigint> {
      const { provider, deployment, accounts, nodes } = fleet;
      const [{ endpoint }] = nodes;
      if (upload) await new HttpStore({ endpoints: [endpoint] }).put(bytes);
      const { minimumTime } = await getHubParameters(provider, deployment.contracts);
      const latest = await provider.getBlock("latest");
      const price = await quote(1);
      const asked = {
        modelId: published.modelId,
        version: 1,
        planIndex,
        replicas: 1,
        keySetId,
        input: { blobRoot: blobRoot(bytes), residuesRoot: good.root, size, uri: endpoint },
        token: price.token,
        maxFee: price.total,
        deadline: latest!.timestamp + minimumTime + 100,
      };
      const signer = new Wallet(accounts.users[0].privateKey, provider);
      return (await (await requestInference(signer, deployment.contracts, asked, price)).wait()).requestId;
    }

    const cases: readonly [string, string, (bytes: Uint8Array) => Uint8Array][] = [
      ["another count", "BATCH_INPUT_COUNT", (bytes) => bytes.with(8, bytes[8] + 1)],
      ["another key set", "BATCH_INPUT_KEY_SET", (bytes) => bytes.with(48, bytes[48] ^ 1)],
      ["a flipped bit", "INPUT_ROOT", (bytes) => bytes.with(bytes.length - 9, bytes[bytes.length - 9] ^ 1)],
    ];
    for (const [name, code, spoil] of cases) {
      it(`with ${name} is rejected with ${code}`, async () => {
        const { rejectCode } = await until(await raw(spoil(good.bytes)), ["rejected"]);
        expect(rejectCode).to.equal(REJECT_CODES[code]);
      });
    }

    it("of the wrong size is rejected although its bytes are nowhere", async () => {
      const short = good.bytes.slice(0, -1);
      const { rejectCode } = await until(await raw(short, short.length, false), ["rejected"]);
      expect(rejectCode).to.equal(REJECT_CODES["BATCH_INPUT_TRUNCATED"]);
      const huge = await until(await raw(short, 2 ** 29, false), ["rejected"]);
      expect(huge.rejectCode).to.equal(REJECT_CODES["BATCH_INPUT_OVERSIZED"]);
    });
  });
});
