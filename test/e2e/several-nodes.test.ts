/** Seven real nodes on a real chain evaluate real ciphertexts of the smallest plan, and some of them misbehave. */
import { expect } from "chai";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { Wallet } from "ethers";
import { destination } from "pino";

import { getBalance } from "../../offchain/chain/balances.ts";
import { answerCommitment, receiptDigest } from "../../offchain/chain/bindings.ts";
import { call } from "../../offchain/chain/call.ts";
import { orderCallback } from "../../offchain/chain/callbacks.ts";
import { challengeAnswer, getDispute, getJury, newSalt, revealChallenge } from "../../offchain/chain/disputes.ts";
import { settleRequest } from "../../offchain/chain/duties.ts";
import { getNode } from "../../offchain/chain/nodes.ts";
import { getRequestEvents } from "../../offchain/chain/request-events.ts";
import { getRequest } from "../../offchain/chain/requests.ts";
import { ETHER, type Answer, type Hex, type InferenceRequest, type RequestState } from "../../offchain/chain/types.ts";
import { fromHex } from "../../offchain/digest/hex.ts";
import { resultAnswer } from "../../offchain/node/answers.ts";
import { actingMember, wrongResult, type Acting, type SentCall } from "../../scripts/network/acting.ts";
import { ECHO_FEES, echoUser, publishEcho, type EchoUser } from "../../scripts/network/echo-model.ts";
import { startFleet, untilServing, type Fleet } from "../../scripts/network/fleet.ts";
import { QUICK_PARAMETERS } from "./fleet-parameters.ts";

const NODES = 7;
/** The node that evaluates others' answers again. */
const LOOKER = 6;
const BOND = 10n ** 17n;
const { hub, disputes } = QUICK_PARAMETERS;

describe(`${NODES} nodes, some of which misbehave`, function () {
  this.timeout(180_000);
  let folder: string;
  let fleet: Fleet;
  let user: EchoUser;
  const acting: Acting[] = Array.from({ length: NODES }, () => ({}));

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "cloakwork-fleet-"));
    fleet = await startFleet({
      folder,
      members: acting.map((act, index) => ({
        ...actingMember(act),
        config: { challenge: index === LOOKER ? 1 : "never" },
      })),
      parameters: QUICK_PARAMETERS,
      config: { bond: BOND.toString(), audits: false },
      log: destination({ dest: path.join(folder, "nodes.log") }),
    });
    const modelId = await publishEcho(fleet);
    user = await echoUser(fleet, modelId, fleet.accounts.users[0]);
    await untilServing(fleet, modelId, NODES);
  });
  after(async () => {
    await fleet[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  afterEach(() => {
    for (const act of acting) {
      act.lie = undefined;
      act.judge = undefined;
      act.send = undefined;
    }
  });

  const request = (id: bigint): Promise<InferenceRequest> => getRequest(fleet.provider, fleet.deployment.contracts, id);
  const events = (id: bigint) =>
    getRequestEvents(fleet.provider, fleet.deployment.contracts.hub, id, fleet.deployment.fromBlock);

  async function until(id: bigint, states: readonly RequestState[], seconds = 120): Promise<InferenceRequest> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const found = await request(id);
      if (states.includes(found.state)) return found;
      if (Date.now() > end) throw new Error(`request ${id} is ${found.state}, not ${states.join(" or ")}`);
      await sleep(200);
    }
  }

  const indexOf = (address: string): number =>
    fleet.nodes.findIndex((node) => node.address.toLowerCase() === address.toLowerCase());
  async function stakeOf(index: number): Promise<bigint> {
    return (await getNode(fleet.provider, fleet.deployment.contracts, fleet.nodes[index].address))!.stake;
  }
  const balanceOf = (account: Hex): Promise<bigint> =>
    getBalance(fleet.provider, fleet.deployment.contracts, ETHER, account);
  async function burned(): Promise<bigint> {
    const [amount] = await call(fleet.provider, fleet.deployment.contracts, "balances", "burnedOf", [ETHER]);
    return amount as bigint;
  }

  /** Makes the first node that does something misbehave, whichever it is, and says which it was. */
  function theFirstTo(method: string, misbehave: (act: Acting) => void): () => number {
    let chosen = -1;
    acting.forEach((act, index) => {
      act.send = (sent: SentCall) => {
        if (sent.method === method && chosen < 0) {
          chosen = index;
          misbehave(act);
        }
        return undefined;
      };
    });
    return () => chosen;
  }

  it("three answer alike without seeing each other's answers, and all are paid; one was restarted before it could reveal", async () => {
    let restarted: Promise<void> | undefined;
    acting.forEach((act, index) => {
      act.send = ({ method }) => {
        if (method !== "reveal" || restarted) return undefined;
        restarted = fleet.nodes[index].stop().then(() => fleet.nodes[index].start());
        return "drop";
      };
    });
    const id = await user.ask({ replicas: 3 });
    const posted = await until(id, ["posted"]);
    await restarted;
    const told = await events(id);
    const order = told.map(({ type }) => type).filter((type) => type === "committed" || type === "revealed");
    expect(order).to.deep.equal(["committed", "committed", "committed", "revealed", "revealed", "revealed"]);
    const revealed = told.filter((event) => event.type === "revealed");
    expect(new Set(revealed.map(({ answer }) => answer.digest))).to.deep.equal(new Set([posted.result!.digest]));
    await (await settleRequest(user.wallet, fleet.deployment.contracts, id)).wait();
    const settled = (await events(id)).find((event) => event.type === "settled");
    expect(settled).to.include({ paidToNodes: 3n * ECHO_FEES.nodeFee, paidToOwner: ECHO_FEES.modelFee });
  });

  it("one of three lies: the others' answer stands, the liar loses a part of its bond and its fee goes back", async () => {
    const liar = theFirstTo("accept", (act) => {
      act.lie = wrongResult;
    });
    const id = await user.ask({ replicas: 3 });
    const { result } = await until(id, ["posted"]);
    const stake = await stakeOf(liar());
    await (await settleRequest(user.wallet, fleet.deployment.contracts, id)).wait();
    const told = await events(id);
    const [lie] = told.filter((event) => event.type === "revealed" && indexOf(event.node) === liar());
    expect(lie.type === "revealed" && lie.answer.digest).not.to.equal(result!.digest);
    const penalty = (BOND * BigInt(hub.minorityPenaltyBps)) / 10_000n;
    expect(await stakeOf(liar())).to.equal(stake - penalty);
    expect(told.find((event) => event.type === "settled")).to.include({ paidToNodes: 2n * ECHO_FEES.nodeFee });
  });

  it("one of three copies another's commitment: it cannot reveal it, and loses a part of its bond", async () => {
    let copied: unknown;
    let copier = -1;
    acting.forEach((act, index) => {
      act.send = ({ method, args: [id, commitment] }) => {
        if (method !== "commit") return undefined;
        if (copied === undefined) copied = commitment;
        else if (copier < 0 || copier === index) {
          copier = index;
          return [id, copied];
        }
        return undefined;
      };
    });
    const id = await user.ask({ replicas: 3 });
    await until(id, ["posted"]);
    const told = await events(id);
    const missed = told.filter((event) => event.type === "missed");
    expect(missed.map((event) => indexOf(event.node))).to.deep.equal([copier]);
    expect(missed[0].type === "missed" && missed[0].penalty).to.equal((BOND * BigInt(hub.missPenaltyBps)) / 10_000n);
    expect(told.filter((event) => event.type === "revealed")).to.have.length(2);
  });

  it("one of three goes silent after accepting: it loses a part of its bond, and the next node takes its place", async () => {
    let silent = -1;
    acting.forEach((act, index) => {
      act.send = ({ method }) => {
        if (method === "commit" && silent < 0) silent = index;
        return method === "commit" && silent === index ? "drop" : undefined;
      };
    });
    const id = await user.ask({ replicas: 3 });
    const { duties } = await until(id, ["posted"]);
    const told = await events(id);
    expect(told.filter((event) => event.type === "missed").map((event) => indexOf(event.node))).to.deep.equal([silent]);
    expect(duties.map(({ node }) => indexOf(node))).not.to.include(silent);
    expect(told.filter((event) => event.type === "revealed")).to.have.length(3);
  });

  it("bytes that are no input are refused by all three with the parser's code, and the fee goes back", async () => {
    const id = await user.ask({ replicas: 3, spoil: (bytes) => bytes.with(4, 9) });
    const { rejectCode } = await until(id, ["rejected"]);
    expect(rejectCode).to.equal(4);
    // The nodes send the refund themselves once the window is over: it frees their bonds.
    await until(id, ["refunded"]);
    const [refunded] = (await events(id)).filter((event) => event.type === "refunded");
    expect(refunded).to.include({ reason: "input-rejected" });
  });

  it("a single node lies: another one's evaluation differs, a jury evaluates again, the right result takes the place of the wrong one", async () => {
    let liar = (): number => LOOKER;
    let id = 0n;
    // The challenger is stopped after it committed and before it could tell what the right answer is, and goes on after its restart.
    let challenger: Promise<void> | undefined;
    const stopsOnce = (index: number, method: string): boolean => {
      if (index !== LOOKER || method !== "revealChallenge" || challenger) return false;
      challenger = fleet.nodes[LOOKER].stop().then(() => fleet.nodes[LOOKER].start());
      return true;
    };
    // Nobody looks into the answers of the one that does.
    for (let draws = 0; draws < 8 && liar() === LOOKER; draws++) {
      liar = theFirstTo("accept", (act) => {
        if (act !== acting[LOOKER]) act.lie = wrongResult;
      });
      const accepts = acting[LOOKER].send;
      acting[LOOKER].send = (sent) => (stopsOnce(LOOKER, sent.method) ? "drop" : accepts?.(sent));
      id = await user.ask();
      await until(id, ["posted", "challenged"]);
    }
    const [wrong] = (await events(id)).filter((event) => event.type === "posted");
    // A juror is stopped after its vote and before it could tell it, and goes on after its restart.
    let restarted: Promise<void> | undefined;
    acting.forEach((act, index) => {
      act.send = ({ method }) => {
        if (stopsOnce(index, method)) return "drop";
        if (method !== "revealVote" || restarted) return undefined;
        restarted = fleet.nodes[index].stop().then(() => fleet.nodes[index].start());
        return "drop";
      };
    });
    await until(id, ["challenged"]);
    const stake = await stakeOf(liar());
    let now = await request(id);
    for (; now.state === "challenged"; now = await request(id)) await sleep(200);
    expect(restarted).not.to.equal(undefined);
    expect(challenger).not.to.equal(undefined);
    await Promise.all([restarted, challenger]);
    expect(now.state).to.equal("posted");
    expect(now.result!.digest).not.to.equal(wrong.result.digest);
    const dispute = await getDispute(fleet.provider, fleet.deployment.contracts, id);
    expect(dispute).to.include({ phase: "ended", decided: true, audit: false });
    expect(indexOf(dispute.opener)).to.equal(LOOKER);
    expect(stake - (await stakeOf(liar()))).to.equal(BOND);
    const jury = await getJury(fleet.provider, fleet.deployment.contracts, id);
    expect(jury.map(({ state }) => state)).to.deep.equal(Array(disputes.jurySize).fill("released"));
    const posted = (await events(id)).filter((event) => event.type === "posted");
    const [told, replaced] = posted.map((event) => fromHex(event.result.data));
    expect(wrongResult(replaced)).to.deep.equal(told);
    const before = await balanceOf(user.wallet.address as Hex);
    await (await settleRequest(user.wallet, fleet.deployment.contracts, id)).wait();
    // The liar's fee is the requester's again.
    expect((await balanceOf(user.wallet.address as Hex)) - before).to.equal(ECHO_FEES.nodeFee);
  });

  async function challenge(id: bigint, challenger: Wallet, answer: Answer): Promise<void> {
    const { contracts, chainId } = fleet.deployment;
    const { binding } = await request(id);
    const salt = newSalt();
    const receipt = receiptDigest(chainId, contracts.hub, binding, answer);
    const commitment = answerCommitment(receipt, salt, challenger.address as Hex);
    const { index } = await (
      await challengeAnswer(challenger, contracts, id, commitment, disputes.challengeBond)
    ).wait();
    await (await revealChallenge(challenger, contracts, id, index, answer, salt)).wait();
  }

  it("an input that cannot be had any more, or only so slowly that a vote would be late: the jury says so, the fee goes back and nobody is punished", async () => {
    const challenger = new Wallet(fleet.accounts.users[1].privateKey, fleet.provider);
    const { server, endpoint, trickle } = await oneBlobServer();
    const id = await user.ask({ endpoint, patience: 100 });
    const { duties, result } = await until(id, ["posted"]);
    trickle();
    const poster = indexOf(duties[0].node);
    // The one that looks into answers may have it, too: one of a jury of three.
    await fleet.nodes[poster].stop();
    try {
      const before = await balanceOf(challenger.address as Hex);
      const made = { ...result!, digest: `0x${"77".repeat(32)}` } as const;
      await challenge(id, challenger, { kind: 0, size: made.size, digest: made.digest });
      await until(id, ["refunded"]);
      const [refunded] = (await events(id)).filter((event) => event.type === "refunded");
      expect(refunded).to.include({ reason: "input-unavailable" });
      expect(await balanceOf(challenger.address as Hex)).to.equal(before);
      const jury = await getJury(fleet.provider, fleet.deployment.contracts, id);
      expect(jury.map(({ state }) => state)).to.deep.equal(Array(disputes.jurySize).fill("released"));
    } finally {
      server.closeAllConnections();
      server.close();
      await fleet.nodes[poster].start();
    }
  });

  it("an input that comes so slowly that an acceptance would be late is declined in time: no node loses anything", async () => {
    const { server, endpoint, trickle } = await oneBlobServer();
    const stakes = await Promise.all(fleet.nodes.map((_, index) => stakeOf(index)));
    trickle();
    try {
      const id = await user.ask({ endpoint, patience: 100 });
      await until(id, ["refunded"]);
      const told = await events(id);
      expect(told.find((event) => event.type === "refunded")).to.include({ reason: "no-node-left" });
      expect(told.filter(({ type }) => type === "declined")).to.have.length(hub.maximumAttempts);
      expect(told.filter(({ type }) => type === "missed")).to.deep.equal([]);
      expect(await Promise.all(fleet.nodes.map((_, index) => stakeOf(index)))).to.deep.equal(stakes);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  /** A store that takes and gives blobs, and from a certain moment on gives each byte by itself. */
  async function oneBlobServer(): Promise<{ server: Server; endpoint: string; trickle: () => void }> {
    let trickles = false;
    const blobs = new Map<string, Buffer>();
    const server = createServer((incoming, outgoing) => {
      const name = incoming.url!.split("/").at(-1);
      if (incoming.method === "PUT") {
        const parts: Buffer[] = [];
        incoming.on("data", (part: Buffer) => parts.push(part));
        incoming.on("end", () => {
          blobs.set(name, Buffer.concat(parts));
          outgoing.writeHead(201).end();
        });
        return;
      }
      const found = blobs.get(name);
      outgoing.writeHead(found ? 200 : 404, found ? { "content-length": found.length } : {});
      if (!trickles || incoming.method !== "GET" || !found) {
        outgoing.end(incoming.method === "HEAD" ? undefined : found);
        return;
      }
      let sent = 0;
      const timer = setInterval(() => outgoing.write(found.subarray(sent, ++sent)), 500);
      outgoing.on("close", () => {
        clearInterval(timer);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { server, endpoint, trickle: () => (trickles = true) };
  }

  it("an owner with a jury of sybils robs an honest node of that duty's bond and no more, and nearly all of it is burned", async () => {
    const { contracts } = fleet.deployment;
    const owner = new Wallet(fleet.accounts.owner.privateKey, fleet.provider);
    const honest = theFirstTo("accept", () => undefined);
    const drops = acting[LOOKER].send;
    acting[LOOKER].send = (sent) => (sent.method === "challenge" ? "drop" : drops?.(sent));
    const id = await user.ask();
    await until(id, ["accepted", "posted"]);
    acting.forEach((act, index) => {
      if (index !== honest()) act.lie = wrongResult;
      // The owner's account is the one that accuses.
      act.send = ({ method }) => (method === "challenge" ? "drop" : undefined);
    });
    const posted = await until(id, ["posted"]);
    expect(posted.duties.map(({ node }) => indexOf(node))).to.deep.equal([honest()]);
    const [event] = (await events(id)).filter((one) => one.type === "posted");
    const told = resultAnswer(wrongResult(fromHex(event.result.data)));
    const stakes = await Promise.all(fleet.nodes.map((_, index) => stakeOf(index)));
    const sybils = [owner.address as Hex, ...fleet.nodes.map(({ address }) => address)].filter(
      (_, i) => i - 1 !== honest(),
    );
    const sum = async (accounts: readonly Hex[]) =>
      (await Promise.all(accounts.map(balanceOf))).reduce((total, one) => total + one, 0n);
    const [had, fire] = [await sum(sybils), await burned()];
    await challenge(id, owner, told);
    await until(id, ["challenged"]);
    let now = await request(id);
    for (; now.state === "challenged"; now = await request(id)) await sleep(200);
    expect(now.result!.digest).to.equal(told.digest);
    const lost = stakes[honest()] - (await stakeOf(honest()));
    expect(lost).to.equal(BOND);
    const fees = BigInt(disputes.jurySize) * disputes.jurorFee + disputes.challengerFee;
    const gained = (await sum(sybils)) - had;
    // The bond of the owner's challenge comes back only when the challenge is closed.
    expect(gained <= fees).to.equal(true);
    expect((await burned()) - fire).to.equal(BOND - gained);
    expect(10n * gained <= BOND).to.equal(true);
    await (await settleRequest(user.wallet, contracts, id)).wait();
  });

  it("delivers a callback whose pay exceeds its gas", async () => {
    const { contracts } = fleet.deployment;
    const id = await user.ask();
    const target = fleet.accounts.users[2].address;
    await (await orderCallback(user.wallet, contracts, id, target, 50_000, 10n ** 16n)).wait();
    await until(id, ["posted"]);
    await (await settleRequest(user.wallet, contracts, id)).wait();
    let delivered = 0;
    for (let waited = 0; waited < 20_000 && delivered === 0; waited += 200) {
      await sleep(200);
      const counts = await Promise.all(fleet.nodes.map((node) => node.daemon().metrics.callbacks.get()));
      delivered = counts.flatMap(({ values }) => values).filter(({ labels }) => labels.outcome === "delivered").length;
    }
    expect(delivered).to.equal(1);
  });
});
