import { expect } from "chai";

import { getMembership } from "../../offchain/chain/access.ts";
import { ETHER, type Hex } from "../../offchain/chain/types.ts";
import { LOCAL_PARAMETERS } from "../../scripts/deploy/parameters.ts";
import { commitmentFor, drawn, RIGHT, UNAVAILABLE, WRONG } from "./support/answers.ts";
import {
  challenge,
  conclude,
  disputed,
  DISPUTES,
  drawJury,
  revealChallenge,
  revealVote,
  vote,
} from "./support/disputes.ts";
import {
  accepted,
  addNode,
  assign,
  AUDIT_FEE,
  bindingOf,
  BOND,
  call,
  deployed,
  deployTesting,
  EPOCH,
  fullMarket,
  load,
  market,
  type Market,
  marketWith,
  nextEpoch,
  NODE_FEE,
  owed,
  plan,
  request,
  requestParams,
  STAKE,
  STATE,
  stateOf,
  terms,
  TOTAL,
  version,
} from "./support/fixture.ts";
import { ethers, networkHelpers } from "./support/network.ts";
import { bytes32, encryptionKey } from "./support/values.ts";

/** A market whose juries and challengers cost so much. */
const withFees = (fees: Partial<typeof DISPUTES>) =>
  marketWith({ ...LOCAL_PARAMETERS, disputes: { ...DISPUTES, ...fees } });
const dearMarket = () => withFees({ jurorFee: BOND, challengerFee: BOND, challengeBond: 3n * BOND });
const freeMarket = () => withFees({ jurorFee: 0n, challengerFee: 0n });
/** Eleven nodes: more than can take a request's duties. */
async function manyMarket(): Promise<Market> {
  const m = await fullMarket();
  const more = (await ethers.getSigners()).slice(11, 15);
  for (const [i, node] of more.entries()) await addNode(m, node, i + 30);
  await nextEpoch();
  return { ...m, nodes: [...m.nodes, ...more] };
}
const alwaysAuditedMarket = () => withFees({ auditBps: 10_000 });
/** Every result is audited, and four settled requests pay for it. */
const quicklyAuditedMarket = () =>
  marketWith({
    ...LOCAL_PARAMETERS,
    hub: { ...LOCAL_PARAMETERS.hub, auditFeeBps: 10_000 },
    disputes: { ...DISPUTES, auditBps: 10_000 },
  });
const unauditedMarket = () => marketWith({ ...LOCAL_PARAMETERS, hub: { ...LOCAL_PARAMETERS.hub, auditFeeBps: 0 } });

/** A lie found out by a jury; what it brought the challenger and the first juror, and what was burned. */
async function foundOut(m: Market, challengeBond: bigint) {
  const { requestId, node } = await accepted(m);
  await call(m.hub, node, "post", [requestId, WRONG]);
  const commitment = await commitmentFor(m, requestId, RIGHT, m.stranger.address);
  await call(m.disputes, m.stranger, "challenge", [requestId, commitment], challengeBond);
  await revealChallenge(m, requestId, m.stranger, 0, RIGHT);
  const jury = await drawJury(m, requestId);
  await vote(m, requestId, jury, [RIGHT, RIGHT, RIGHT]);
  for (const juror of jury) await revealVote(m, requestId, juror, RIGHT);
  const burned = async () => (await m.balances.getFunction("burnedOf")(ETHER)) as bigint;
  const before = await burned();
  await conclude(m, requestId, RIGHT);
  return {
    challenger: await owed(m, m.stranger.address),
    juror: await owed(m, jury[0].address),
    burned: (await burned()) - before,
  };
}

describe("Corners: fees of a dispute", () => {
  it("share what the liar lost when they come to more", async () => {
    const m = await load(dearMarket);
    // A quarter each of a bond.
    expect(await foundOut(m, 3n * BOND)).to.deep.equal({ challenger: BOND / 4n, juror: BOND / 4n, burned: 0n });
  });

  it("may be nothing", async () => {
    const m = await load(freeMarket);
    expect(await foundOut(m, DISPUTES.challengeBond)).to.deep.equal({ challenger: 0n, juror: 0n, burned: BOND });
  });
});

describe("Corners: audits", () => {
  /** An audit of a posted result, after as many settled requests as pay for one, to the wei. */
  async function audited(m: Market): Promise<bigint> {
    for (let i = 0n; i < (NODE_FEE * 4n) / AUDIT_FEE; i++) {
      const { requestId, node } = await accepted(m);
      await call(m.hub, node, "post", [requestId, RIGHT]);
      await call(m.hub, m.user, "settle", [requestId]);
    }
    const { requestId, node } = await accepted(m);
    await call(m.hub, node, "post", [requestId, RIGHT]);
    await networkHelpers.mine(2);
    await call(m.disputes, m.stranger, "audit", [requestId]);
    return requestId;
  }

  const pool = async (m: Market) => (await m.hub.getFunction("auditPoolOf")(1, ETHER)) as bigint;

  it("that find the answer right pay who looked, out of the pool", async () => {
    const m = await load(alwaysAuditedMarket);
    const requestId = await audited(m);
    expect(await pool(m)).to.equal(0n);
    const jury = await drawJury(m, requestId);
    await vote(m, requestId, jury, [RIGHT, RIGHT, RIGHT]);
    for (const juror of jury) await revealVote(m, requestId, juror, RIGHT);
    await conclude(m, requestId, RIGHT);
    expect(await owed(m, m.stranger.address)).to.equal(NODE_FEE);
  });

  it("that find the input out of reach pay nobody and give the pool its money back", async () => {
    const m = await load(alwaysAuditedMarket);
    const requestId = await audited(m);
    const jury = await drawJury(m, requestId);
    await vote(m, requestId, jury, [UNAVAILABLE, UNAVAILABLE, UNAVAILABLE]);
    // Where there is no input there is no state to show.
    for (const [i, juror] of jury.entries()) await revealVote(m, requestId, juror, UNAVAILABLE, bytes32(String(i)));
    await conclude(m, requestId, UNAVAILABLE);
    expect(await owed(m, m.stranger.address)).to.equal(0n);
    expect(await pool(m)).to.equal(NODE_FEE * 4n);
  });

  it("are not drawn where nothing is set aside for them", async () => {
    const m = await load(unauditedMarket);
    await call(m.hub, m.user, "request", [await requestParams(m)], TOTAL - AUDIT_FEE);
    const requestId = 1n;
    const node = await assign(m, requestId);
    await call(m.hub, node, "accept", [requestId, await bindingOf(m, requestId)]);
    await call(m.hub, node, "post", [requestId, RIGHT]);
    const { auditRound } = (await m.hub.getFunction("requestOf")(requestId)) as unknown as { auditRound: bigint };
    expect(auditRound).to.equal(0n);
    await call(m.hub, m.user, "settle", [requestId]);
    expect(await pool(m)).to.equal(0n);
  });
});

describe("Corners: jurors and tokens", () => {
  it("serve for an audit only if they take what the request was paid in", async () => {
    const m = await load(quicklyAuditedMarket);
    const token = await deployTesting("PermitToken");
    const address = (await token.getAddress()) as Hex;
    const [holder] = await ethers.getSigners();
    await call(token, holder, "transfer", [m.user.address, 1_000_000n]);
    await call(token, m.user, "approve", [m.contracts.hub, 1_000_000n]);
    await call(m.models, m.owner, "setTerms", [1, terms({ token: address })]);
    for (const node of m.nodes) await call(m.registry, node, "setTokenAccepted", [address, true]);
    const answered = async (requestId: bigint) => {
      await call(m.hub, m.user, "request", [await requestParams(m, { token: address, maxFee: 1_000_000n })]);
      const node = await assign(m, requestId);
      await call(m.hub, node, "accept", [requestId, await bindingOf(m, requestId)]);
      await call(m.hub, node, "post", [requestId, RIGHT]);
      return node;
    };
    for (let id = 1n; id <= 4n; id++) {
      await answered(id);
      await call(m.hub, m.user, "settle", [id]);
    }
    const node = await answered(5n);
    const others = m.nodes.filter((one) => one.address !== node.address);
    for (const one of others.slice(2)) await call(m.registry, one, "setTokenAccepted", [address, false]);
    await networkHelpers.mine(2);
    await call(m.disputes, m.stranger, "audit", [5]);
    const jury = await drawJury(m, 5n);
    expect(jury.map((juror) => juror.address)).to.have.members(others.slice(0, 2).map((juror) => juror.address));
  });

  it("serve for a challenge whatever token the request was paid in", async () => {
    const m = await load(fullMarket);
    const token = await deployTesting("OddToken");
    const address = (await token.getAddress()) as Hex;
    const [holder] = await ethers.getSigners();
    await call(token, holder, "transfer", [m.user.address, 100_000n]);
    await call(m.models, m.owner, "setTerms", [1, terms({ token: address })]);
    const [node] = m.nodes;
    await call(m.registry, node, "setTokenAccepted", [address, true]);
    await call(m.hub, m.user, "request", [await requestParams(m, { token: address })]);
    expect((await assign(m, 1n)).address).to.equal(node.address);
    await call(m.hub, node, "accept", [1, await bindingOf(m, 1n)]);
    await call(m.hub, node, "post", [1, WRONG]);
    await challenge(m, 1n, m.stranger, RIGHT);
    await revealChallenge(m, 1n, m.stranger, 0, RIGHT);
    expect(await drawJury(m, 1n)).to.have.length(3);
  });
});

describe("Corners: nodes", () => {
  it("can lose all they have, and leave with nothing", async () => {
    const w = await load(deployed);
    const [rich, ...others] = w.nodes;
    await call(w.models, w.owner, "register", [terms(), version()]);
    await addNode(w, rich, 1, STAKE);
    for (const [i, node] of (await ethers.getSigners()).slice(7, 11).entries()) await addNode(w, node, i + 10);
    await nextEpoch();
    const { user, keys } = w;
    const packs = [{ blobRoot: bytes32("b"), residuesRoot: bytes32("r"), size: 1n }];
    await call(keys, user, "register", [bytes32("salt"), bytes32("params"), packs, bytes32("c"), "https://k"]);
    const keySetId = (await keys.getFunction("keySetIdOf")(user.address, bytes32("salt"), bytes32("params"))) as Hex;
    const nodes = [rich, ...others, ...(await ethers.getSigners()).slice(7, 11)];
    const m: Market = { ...w, nodes, modelId: 1n, keySetId };
    let requestId: bigint;
    let found;
    // Its bond is nearly all of the weight, so that it is drawn soon.
    do {
      requestId = await request(m);
      found = await assign(m, requestId);
    } while (found !== rich && requestId < 20n);
    expect(found).to.equal(rich);
    await call(m.hub, rich, "accept", [requestId, await bindingOf(m, requestId)]);
    await call(m.hub, rich, "post", [requestId, WRONG]);
    await disputed(m, requestId, m.stranger, RIGHT, [RIGHT, RIGHT, RIGHT]);
    await conclude(m, requestId, RIGHT);
    expect(((await m.registry.getFunction("nodeOf")(rich.address)) as { stake: bigint }).stake).to.equal(0n);
    await call(m.registry, rich, "requestExit", []);
    await networkHelpers.time.increase((await m.registry.getFunction("exitDelay")()) as bigint);
    await expect(call(m.registry, rich, "exit", []))
      .to.emit(m.registry, "Exited")
      .withArgs(rich.address, 0);
  });

  it("add to the stake that lies in the vault", async () => {
    const m = await load(market);
    const before = await owed(m, m.contracts.nodeRegistry);
    await call(m.registry, m.nodes[0], "addStake", [], 5n);
    expect(await owed(m, m.contracts.nodeRegistry)).to.equal(before + 5n);
  });

  it("whose place another has do not act for it, and may join again", async () => {
    const w = await load(deployed);
    await call(w.models, w.owner, "register", [terms(), version()]);
    const [a, b] = w.nodes;
    await addNode(w, a, 1);
    const membership = await getMembership(ethers.provider, w.contracts, 1n, 1, a.address as Hex);
    expect(membership?.bond).to.equal(BOND);
    await call(w.access, a, "resign", [1, 1]);
    await networkHelpers.time.increase(EPOCH * (LOCAL_PARAMETERS.access.retention + 2));
    await call(w.registry, b, "register", [encryptionKey(2), "https://node-2"], STAKE);
    await call(w.access, w.owner, "authorise", [1, 1, b.address, bytes32("envelope"), ""]);
    await call(w.access, b, "join", [1, 1, BOND]);
    await expect(call(w.access, a, "resign", [1, 1])).to.be.revertedWithCustomError(w.access, "ModelAccess_NotJoined");
    await call(w.access, a, "join", [1, 1, BOND]);
    const still = await getMembership(ethers.provider, w.contracts, 1n, 1, b.address as Hex);
    expect(still?.untilEpoch).to.equal(undefined);
  });
});

describe("Corners: models, deposits and callbacks", () => {
  it("a version has sixteen plans", async () => {
    const w = await load(deployed);
    const plans = Array.from({ length: 16 }, () => plan());
    await call(w.models, w.owner, "register", [terms(), version({ plans })]);
  });

  it("a second deposit of a token is counted for itself", async () => {
    const w = await load(deployed);
    const token = await deployTesting("OddToken");
    const address = (await token.getAddress()) as Hex;
    const [holder] = await ethers.getSigners();
    for (const amount of [70n, 5n]) {
      await expect(call(w.balances, holder, "depositToken", [address, w.user.address, amount]))
        .to.emit(w.balances, "Deposited")
        .withArgs(address, w.user.address, amount);
    }
    expect(await owed(w, w.user.address, address)).to.equal(75n);
  });

  it("a call back may be paid as much as an order holds", async () => {
    const m = await load(market);
    const requestId = await request(m);
    const most = 2n ** 64n - 1n;
    await call(m.callbacks, m.user, "order", [requestId, m.owner.address, 100_000], most);
    expect(await owed(m, m.contracts.callbacks)).to.equal(most);
  });
});

describe("Corners: replicas", () => {
  it("are replaced as often as there are attempts, and then stay empty", async () => {
    const m = await load(manyMarket);
    const { requestId, seats } = await drawn(m, 3);
    const duty = async () => {
      const duties = (await m.hub.getFunction("dutiesOf")(requestId)) as readonly { node: string; state: bigint }[];
      return { node: m.nodes.find(({ address }) => address === duties[0].node)!, state: duties[0].state };
    };
    expect((await duty()).node).to.equal(seats[0]);
    // Three attempts for each of three replicas, the first draw being one: six nodes to replace others.
    for (let i = 0; i < 6; i++) {
      const { node } = await duty();
      await call(m.hub, node, "decline", [requestId]);
      expect((await duty()).node, String(i)).not.to.equal(node);
    }
    const last = await duty();
    await call(m.hub, last.node, "decline", [requestId]);
    expect((await duty()).node).to.equal(last.node);
    expect((await duty()).state).not.to.equal(last.state);
  });
});

describe("Corners: draws and lookups", () => {
  it("a point that is the end of a weight falls on the next that has one", async () => {
    const harness = await deployTesting("DigestsHarness");
    const pick = async (point: number) =>
      (await harness.getFunction("pick")([3, 0, 2], 5, ethers.toBeHex(point, 32))) as bigint;
    expect(await Promise.all([0, 2, 3, 4, 5].map(pick))).to.deep.equal([0n, 0n, 2n, 2n, 0n]);
  });

  it("a key set nobody registered is none", async () => {
    const { keys } = await load(deployed);
    await expect(keys.getFunction("keySetOf")(bytes32("none"))).to.be.revertedWithCustomError(
      keys,
      "KeyRegistry_UnknownKeySet",
    );
  });

  it("nothing is credited of a token the vault has less of than it owes", async () => {
    const w = await load(deployed);
    const token = await deployTesting("OddToken");
    const address = (await token.getAddress()) as Hex;
    const [holder] = await ethers.getSigners();
    await call(w.balances, holder, "depositToken", [address, w.user.address, 70n]);
    await call(token, holder, "transferFrom", [w.contracts.balances, holder.address, 20n]);
    await expect(call(w.balances, holder, "credit", [address, w.user.address, 1n]))
      .to.be.revertedWithCustomError(w.balances, "Balances_NotArrived")
      .withArgs(address, 0n, 1n);
  });

  it("a seat that was never filled stays so when the others are let go", async () => {
    const m = await load(market);
    await call(m.registry, m.nodes[0], "requestExit", []);
    const { requestId, seats } = await drawn(m, 3);
    expect(seats).to.have.length(2);
    await call(m.hub, seats[0], "decline", [requestId]);
    const duties = (await m.hub.getFunction("dutiesOf")(requestId)) as readonly { state: bigint }[];
    expect(duties[2].state).to.equal(0n);
    expect(await stateOf(m, requestId)).to.equal(STATE.refunded);
  });

  it("a verdict that comes too late is told until when it had time", async () => {
    const m = await load(fullMarket);
    const { requestId, node } = await accepted(m);
    await call(m.hub, node, "post", [requestId, WRONG]);
    await disputed(m, requestId, m.stranger, RIGHT, [RIGHT, RIGHT, RIGHT]);
    const { due } = (await m.disputes.getFunction("disputeOf")(requestId)) as { due: bigint };
    const until = due + BigInt(DISPUTES.verdictWindow);
    await networkHelpers.time.setNextBlockTimestamp(until + 1n);
    await expect(conclude(m, requestId, RIGHT))
      .to.be.revertedWithCustomError(m.disputes, "Disputes_TooLate")
      .withArgs(requestId, until);
  });
});
