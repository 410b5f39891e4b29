import { expect } from "chai";

import { writeDeployment } from "../../../offchain/chain/node/deployment-file.ts";
import { getHubParameters, getQuote } from "../../../offchain/chain/requests.ts";
import type { RequestState } from "../../../offchain/chain/types.ts";
import { infer } from "../../../offchain/client/infer.ts";
import {
  balanceOf,
  cancel,
  possibleActions,
  redraw,
  refund,
  settle,
  withdrawAll,
} from "../../../offchain/client/request-actions.ts";
import { resumeRequest } from "../../../offchain/client/resume.ts";
import type { TimelineEvent } from "../../../offchain/client/types.ts";
import { ownRequests } from "../../../offchain/client/vault-requests.ts";
import { errorOf, runHere, temporaryHome } from "../cli/run.ts";
import { failure } from "../sealing/helpers.ts";
import { serveRequest } from "./stand-in-node.ts";
import { startWorld, type World } from "./world.ts";

/** The owner's fee, the node's, and a fifth of the node's for audits. */
const PAID = 10n ** 15n + 2n * 10n ** 15n + 4n * 10n ** 14n;
const VALUES = [0, 1, 2, 3, 4, 5, 4, 3, 2, 1];
type Client = Awaited<ReturnType<World["client"]>>;

describe("what a requester can do", () => {
  it("follows from the state, the clock and the draw", () => {
    const request = (state: RequestState) => ({ state, deadline: 100, drawRound: 10, until: 80 });
    const table: [RequestState, number, number, string[]][] = [
      ["requested", 50, 9, ["cancel"]],
      ["requested", 50, 10, []],
      ["requested", 101, 10, ["refund"]],
      ["assigned", 100, 10, []],
      ["assigned", 101, 10, ["refund"]],
      ["accepted", 101, 10, ["refund"]],
      ["committed", 80, 10, []],
      ["committed", 81, 10, ["refund"]],
      ["rejected", 50, 10, ["refund"]],
      ["posted", 50, 10, ["settle"]],
      ["challenged", 500, 10, []],
      ["settled", 50, 10, []],
      ["refunded", 500, 10, []],
    ];
    for (const [state, now, head, actions] of table) {
      expect(possibleActions(request(state), now, head), `${state} at ${now}`).to.deep.equal(actions);
    }
  });
});

describe("taking money back, over a real chain", function () {
  this.timeout(120_000);
  let world: World;
  let client: Client;

  /** Asks, and stops once it is paid. @returns the request's number */
  async function ask(): Promise<bigint> {
    const price = await getQuote(world.provider, world.deployment.contracts, world.modelId, 1, 0);
    const stop = new AbortController();
    const input = { modelId: world.modelId, version: 1, planIndex: 0, values: VALUES, price };
    const onEvent = ({ step, state }: TimelineEvent) => {
      if (step === "pay" && state === "done") stop.abort(new Error("paid"));
    };
    const stopped = await infer(client, input, { signal: stop.signal, onEvent }).catch((error: unknown) => error);
    expect(stopped).to.have.property("message", "paid");
    return BigInt((await ownRequests(client.vault, world.deployment))[0].requestId!);
  }
  const rpc = (method: string, ...params: unknown[]) => world.provider.send(method, params);

  before(async () => {
    // Its own world: here the clock is moved.
    world = await startWorld();
    client = await world.client();
  });
  after(() => world[Symbol.asyncDispose]());

  it("settles a posted request once, and refunds none that was answered", async () => {
    const requestId = await ask();
    await failure(settle(client, requestId), "NOT_POSSIBLE_NOW");
    await failure(refund(client, requestId), "INFERENCE_HUB_TOO_EARLY");
    await serveRequest(world, world.echo, requestId);
    await failure(settle(await world.client(6), requestId), "NOT_YOUR_REQUEST");
    await failure(refund(client, requestId), "NOT_POSSIBLE_NOW");
    await settle(client, requestId);
    await failure(settle(client, requestId), "NOT_POSSIBLE_NOW");
  });

  it("cancels before the draw is decided, and not after", async () => {
    // Blocks come only with transactions, so that the draw is decided when the test says so.
    await rpc("evm_setIntervalMining", 0);
    const cancelled = await ask();
    await cancel(client, cancelled);
    await failure(cancel(client, cancelled), "NOT_POSSIBLE_NOW");
    const decided = await ask();
    await rpc("hardhat_mine", "0x3");
    await failure(cancel(client, decided), "INFERENCE_HUB_DRAW_DECIDED");
    await rpc("evm_setIntervalMining", 1_000);
    expect(await balanceOf(client)).to.equal(PAID);
  });

  it("says that nobody answered, gives the money back and brings it home", async () => {
    const requestId = await ask();
    await serveRequest(world, world.echo, requestId, ["assign", "accept"]);
    await rpc("evm_increaseTime", 3_600);
    await rpc("hardhat_mine", "0x1");
    const [stored] = await ownRequests(client.vault, world.deployment);
    const events: TimelineEvent[] = [];
    await failure(resumeRequest(client, stored, { onEvent: (event) => events.push(event) }), "REQUEST_OVERDUE");
    expect(events.at(-1)).to.include({ step: "evaluating", state: "failed" });

    const { amount } = await refund(client, requestId);
    expect(amount).to.equal(PAID);
    await failure(refund(client, requestId), "NOT_POSSIBLE_NOW");
    await failure(resumeRequest(client, stored), "REQUEST_REFUNDED");

    const before = await world.provider.getBalance(client.wallet.address);
    const { amount: withdrawn, gasCost } = await withdrawAll(client);
    // The request that was cancelled in the test before is in it.
    expect(withdrawn).to.equal(2n * amount);
    const after = await world.provider.getBalance(client.wallet.address);
    expect(after - before).to.equal(withdrawn - gasCost);
    await failure(withdrawAll(client), "NOTHING_TO_WITHDRAW");
  });

  it("has a draw repeated that nobody carried out, for a fee, and none that can be", async () => {
    const { provider, deployment } = world;
    await rpc("evm_setIntervalMining", 0);
    const requestId = await ask();
    await rpc("hardhat_mine", "0x3");
    await failure(redraw(client, requestId), "INFERENCE_HUB_DRAW_NOT_EXPIRED");
    await rpc("hardhat_mine", "0x110");
    await rpc("evm_setIntervalMining", 1_000);
    await failure(redraw(await world.client(6), requestId), "NOT_YOUR_REQUEST");

    const home = await temporaryHome();
    try {
      writeDeployment(home.folder, deployment);
      const command = ["requests", "redraw", requestId.toString(), "--home", home.folder, "--rpc", world.chain.url];
      const run = (...more: readonly string[]) =>
        runHere([...command, "--deployment", home.folder, "--json", ...more], {
          env: { CLOAKWORK_PRIVATE_KEY: world.account(5).privateKey },
        });
      expect(errorOf(await run()).code).to.equal("NOT_AGREED");
      const { fee } = JSON.parse((await run("--yes")).stdout) as { fee: string };
      const { redrawFee } = await getHubParameters(provider, deployment.contracts);
      expect(BigInt(fee)).to.equal(redrawFee);
    } finally {
      await home.remove();
    }
    await serveRequest(world, world.echo, requestId);
    await failure(redraw(client, requestId), "NOT_POSSIBLE_NOW");
  });
});
