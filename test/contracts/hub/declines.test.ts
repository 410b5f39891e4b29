import { expect } from "chai";

import { ETHER } from "../../../offchain/chain/types.ts";
import { commitAll, drawn, reveal, RIGHT, seatsOf, WRONG } from "../support/answers.ts";
import {
  assign,
  bindingOf,
  BOND,
  call,
  fullMarket,
  inline,
  load,
  type Market,
  market,
  nextEpoch,
  posted,
  request,
  STATE,
  stateOf,
  terms,
  version,
} from "../support/fixture.ts";
import { challenge, drawJury, postedBy, revealChallenge } from "../support/disputes.ts";
import { networkHelpers } from "../support/network.ts";
import { bytes32 } from "../support/values.ts";

type Account = Market["nodes"][number];

/** Declines in a row that suspend a node. */
const ROW = 5;

/** A market whose nodes serve a second model as well; `other` asks that one. */
async function withSecondModel(m: Market): Promise<{ m: Market; other: Market }> {
  const modelId = 2n;
  await call(m.models, m.owner, "register", [terms(), version()]);
  for (const node of m.nodes) {
    await call(m.access, m.owner, "authorise", [modelId, 1, node.address, bytes32("envelope"), "https://envelope"]);
    await call(m.access, node, "join", [modelId, 1, BOND]);
  }
  await nextEpoch();
  return { m, other: { ...m, modelId } };
}

async function twoModels(): Promise<{ m: Market; other: Market }> {
  return await withSecondModel(await market());
}

async function twoModelsOfMany(): Promise<{ m: Market; other: Market }> {
  return await withSecondModel(await fullMarket());
}

async function canServe(m: Market, node: Account): Promise<boolean> {
  return (await m.registry.getFunction("canServe")(node.address, m.modelId, BOND, ETHER)) as boolean;
}

/** Has these nodes take duties, and no others. */
async function takers(m: Market, nodes: readonly Account[]): Promise<void> {
  for (const node of m.nodes) await call(m.registry, node, "setTokenAccepted", [ETHER, nodes.includes(node)]);
}

/** Has the draw of a request fall on a node. */
async function assignTo(m: Market, requestId: bigint, node: Account): Promise<void> {
  await takers(m, [node]);
  expect((await assign(m, requestId)).address).to.equal(node.address);
  await takers(m, m.nodes);
}

async function decline(m: Market, requestId: bigint, node: Account): Promise<void> {
  await assignTo(m, requestId, node);
  await call(m.hub, node, "decline", [requestId]);
}

/** Has whoever is drawn next answer the request. */
async function answer(m: Market, requestId: bigint): Promise<Account> {
  const node = await assign(m, requestId);
  await call(m.hub, node, "accept", [requestId, await bindingOf(m, requestId)]);
  await call(m.hub, node, "post", [requestId, inline(100)]);
  return node;
}

/** A request that nodes decline, before another is paid for it. */
async function servedByAnother(m: Market, decliners: readonly Account[]): Promise<void> {
  const requestId = await request(m);
  for (const node of decliners) await decline(m, requestId, node);
  await answer(m, requestId);
  await call(m.hub, m.user, "settle", [requestId]);
}

async function times(count: number, act: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < count; i++) await act();
}

/** A request of three replicas that nodes decline, three of them drawn first, before three others are paid for it. */
async function servedByThreeOthers(
  m: Market,
  decliners: readonly Account[],
  others: readonly Account[],
): Promise<void> {
  const [first, second, third, ...replacements] = decliners;
  await takers(m, [first, second, third]);
  const { requestId } = await drawn(m, 3);
  for (const [i, node] of decliners.entries()) {
    const next = replacements[i];
    await takers(m, next === undefined ? others : [next]);
    await call(m.hub, node, "decline", [requestId]);
  }
  const seats = (await seatsOf(m, requestId)).filter((seat) => seat !== undefined);
  expect(seats).to.have.members(others);
  await commitAll(m, requestId, seats, [RIGHT, RIGHT, RIGHT]);
  for (const node of seats) await reveal(m, requestId, node, RIGHT);
  await call(m.hub, m.user, "settle", [requestId]);
  await takers(m, m.nodes);
}

describe("InferenceHub: declines that count", () => {
  it("are those others were paid for: several in a row suspend, and a paid result ends the row", async () => {
    const m = await load(market);
    const [node] = m.nodes;
    await times(ROW - 1, () => servedByAnother(m, [node]));
    await takers(m, [node]);
    await posted(m).then(({ requestId }) => call(m.hub, m.user, "settle", [requestId]));
    await takers(m, m.nodes);
    await times(ROW - 1, () => servedByAnother(m, [node]));
    expect(await canServe(m, node)).to.equal(true);
    await servedByAnother(m, [node]);
    expect(await canServe(m, node)).to.equal(false);
    await networkHelpers.time.increase(60);
    expect(await canServe(m, node)).to.equal(true);
  });

  it("do so once the other is paid, and not before", async () => {
    const m = await load(market);
    const [node] = m.nodes;
    await times(ROW - 1, () => servedByAnother(m, [node]));
    const requestId = await request(m);
    await decline(m, requestId, node);
    await answer(m, requestId);
    expect(await canServe(m, node)).to.equal(true);
    await expect(call(m.hub, m.user, "settle", [requestId]))
      .to.emit(m.registry, "Suspended")
      .withArgs(node.address, m.modelId, (until: bigint) => until > 0n);
    expect(await canServe(m, node)).to.equal(false);
  });

  it("suspend for their model alone: no draw of another passes the node over", async () => {
    const { m, other } = await load(twoModels);
    const [node] = m.nodes;
    await times(ROW, () => servedByAnother(m, [node]));
    expect(await canServe(m, node)).to.equal(false);
    expect(await canServe(other, node)).to.equal(true);
    await takers(m, [node]);
    const [of, ofOther] = [await request(m), await request(other)];
    await networkHelpers.mine(2);
    await call(m.hub, m.stranger, "assign", [of]);
    expect(await stateOf(m, of)).to.equal(STATE.refunded);
    expect((await assign(other, ofOther)).address).to.equal(node.address);
  });

  it("suspend from juries on answers of their model alone", async () => {
    const { m, other } = await load(twoModelsOfMany);
    const [node, by, ...more] = m.nodes;
    await times(ROW, () => servedByAnother(m, [node]));
    const juryOn = async (market: Market): Promise<readonly Account[]> => {
      await takers(m, [by]);
      const { requestId } = await postedBy(market);
      await takers(m, [node, by, ...more.slice(0, 2)]);
      await challenge(market, requestId, m.stranger, WRONG);
      await revealChallenge(market, requestId, m.stranger, 0, WRONG);
      return await drawJury(market, requestId);
    };
    expect(await juryOn(m)).to.have.members(more.slice(0, 2));
    expect(await juryOn(other)).to.have.members([node, ...more.slice(0, 2)]);
  });

  it("are a row of their model, which a result of another model does not end", async () => {
    const { m, other } = await load(twoModels);
    const [node] = m.nodes;
    await times(ROW - 1, () => servedByAnother(m, [node]));
    await times(ROW - 1, () => servedByAnother(other, [node]));
    expect(await canServe(m, node)).to.equal(true);
    expect(await canServe(other, node)).to.equal(true);
    await takers(m, [node]);
    await posted(other).then(({ requestId }) => call(m.hub, m.user, "settle", [requestId]));
    await takers(m, m.nodes);
    await servedByAnother(other, [node]);
    expect(await canServe(other, node)).to.equal(true);
    await servedByAnother(m, [node]);
    expect(await canServe(m, node)).to.equal(false);
  });

  it("are none when nobody can serve a request: who withholds its input suspends nobody", async () => {
    const m = await load(market);
    for (let i = 0; i < ROW; i++) {
      const requestId = await request(m);
      for (const node of m.nodes) await decline(m, requestId, node);
      expect(await stateOf(m, requestId)).to.equal(STATE.refunded);
    }
    for (const node of m.nodes) expect(await canServe(m, node)).to.equal(true);
  });

  it("are none when more nodes declined than were paid", async () => {
    const m = await load(market);
    const [first, second] = m.nodes;
    await times(ROW, () => servedByAnother(m, [first, second]));
    expect(await canServe(m, first)).to.equal(true);
    expect(await canServe(m, second)).to.equal(true);
  });

  it("are those of as many nodes as were paid, of several as well", async () => {
    const m = await load(fullMarket);
    const [a, b, c, , ...others] = m.nodes;
    await times(ROW, () => servedByThreeOthers(m, [a, b, c], others));
    for (const node of m.nodes) expect(await canServe(m, node)).to.equal(![a, b, c].includes(node));
  });

  it("are those of no more nodes than were paid, of several as well", async () => {
    const m = await load(fullMarket);
    const [a, b, c, d, ...others] = m.nodes;
    await times(ROW, () => servedByThreeOthers(m, [a, b, c, d], others));
    for (const node of m.nodes) expect(await canServe(m, node)).to.equal(true);
  });

  it("are not those of a node drawn too late to have its time", async () => {
    const m = await load(market);
    const [node] = m.nodes;
    for (let i = 0; i < ROW; i++) {
      const requestId = await request(m);
      await takers(m, [node]);
      await networkHelpers.time.increase(460);
      await assign(m, requestId);
      await call(m.hub, node, "decline", [requestId]);
      await takers(m, m.nodes);
      await answer(m, requestId);
      await call(m.hub, m.user, "settle", [requestId]);
    }
    expect(await canServe(m, node)).to.equal(true);
  });

  it("are not those of a request another node rejects, nor does a rejection end a row", async () => {
    const m = await load(market);
    const [node, other] = m.nodes;
    const reject = async (requestId: bigint, by: Account): Promise<void> => {
      await assignTo(m, requestId, by);
      await call(m.hub, by, "reject", [requestId, await bindingOf(m, requestId), 1]);
      await call(m.hub, m.user, "refund", [requestId]);
    };
    await times(ROW - 1, () => servedByAnother(m, [node]));
    const requestId = await request(m);
    await decline(m, requestId, node);
    await reject(requestId, other);
    expect(await canServe(m, node)).to.equal(true);
    await reject(await request(m), node);
    await servedByAnother(m, [node]);
    expect(await canServe(m, node)).to.equal(false);
  });

  it("are counted beside missed deadlines, which are none", async () => {
    const m = await load(market);
    const [node, late] = m.nodes;
    for (let i = 0; i < ROW; i++) {
      const requestId = await request(m);
      await decline(m, requestId, node);
      await assignTo(m, requestId, late);
      await networkHelpers.time.increase(m.parameters.acceptWindow);
      await call(m.hub, m.stranger, "reassign", [requestId]);
      await answer(m, requestId);
      await call(m.hub, m.user, "settle", [requestId]);
    }
    expect(await canServe(m, node)).to.equal(false);
    expect(await canServe(m, late)).to.equal(true);
  });

  it("are no missed deadlines, which cost a part of the bond", async () => {
    const m = await load(market);
    const [node] = m.nodes;
    for (let i = 0; i < ROW; i++) {
      const requestId = await request(m);
      await assignTo(m, requestId, node);
      await networkHelpers.time.increase(m.parameters.acceptWindow);
      await call(m.hub, m.stranger, "reassign", [requestId]);
      await answer(m, requestId);
      await call(m.hub, m.user, "settle", [requestId]);
    }
    expect(await canServe(m, node)).to.equal(true);
  });
});
