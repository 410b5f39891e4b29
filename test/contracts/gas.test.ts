import { readFileSync, writeFileSync } from "node:fs";

import { expect } from "chai";
import type { Signer } from "ethers";
import hre from "hardhat";

import { answered, commitmentFor, reveal, RIGHT, seatsOf } from "./support/answers.ts";
import {
  bindingOf,
  call,
  inline,
  load,
  market,
  nextEpoch,
  pack,
  posted,
  request,
  requestParams,
  TOTAL,
} from "./support/fixture.ts";
import { networkHelpers } from "./support/network.ts";
import { bytes32 } from "./support/values.ts";

const SNAPSHOT = new URL("gas.json", import.meta.url);
/** Addresses and times differ from run to run, and with them the zero bytes of calldata. */
const TOLERANCE = 0.01;

/** One node serves and everybody has been paid before: draws do not differ, no balance starts from zero. */
async function warm() {
  const m = await market();
  for (const node of m.nodes.slice(1)) await call(m.access, node, "resign", [1, 1]);
  await nextEpoch();
  const { requestId } = await posted(m);
  await call(m.hub, m.user, "settle", [requestId]);
  await nextEpoch();
  return m;
}

/** Three nodes serve, and all have been paid before: three replicas are always given to all of them. */
async function warmForThree() {
  const m = await market();
  const { requestId } = await answered(m, [RIGHT, RIGHT, RIGHT]);
  await call(m.hub, m.user, "settle", [requestId]);
  return m;
}

/** Gas of what a request of three replicas takes beside what is measured with one. */
async function measureThree(): Promise<Record<string, number>> {
  const m = await load(warmForThree);
  const used = async (sent: Awaited<ReturnType<typeof call>>): Promise<number> => Number((await sent.wait())!.gasUsed);
  const requestId = await request(m, { replicas: 3 });
  await networkHelpers.mine(2);
  const assign = await used(await call(m.hub, m.stranger, "assign", [requestId]));
  const seats = (await seatsOf(m, requestId)).filter((seat) => seat !== undefined);
  const large = { ...inline(2_112), kind: 0 } as const;
  const binding = await bindingOf(m, requestId);
  for (const node of seats) await call(m.hub, node, "accept", [requestId, binding]);
  const commits: number[] = [];
  for (const node of seats) {
    const commitment = await commitmentFor(m, requestId, large, node.address);
    commits.push(await used(await call(m.hub, node, "commit", [requestId, commitment])));
  }
  const reveals: number[] = [];
  for (const [i, node] of seats.entries()) {
    reveals.push(await used(await reveal(m, requestId, node, large, i === 0 ? large.data : "0x")));
  }
  return {
    "assign three": assign,
    "commit, not the last": commits[0],
    "commit, the last": commits[2],
    "reveal 2112 bytes": reveals[0],
    "reveal, the last": reveals[2],
    "settle three": await used(await call(m.hub, m.user, "settle", [requestId])),
  };
}

/** Gas of each call of a request's life, refunds of gas taken off. */
async function measure(): Promise<Record<string, number>> {
  const m = await load(warm);
  const [node] = m.nodes;
  const figures: Record<string, number> = {};
  const gas = async (name: string, from: Signer, method: string, args: readonly unknown[], value = 0n) => {
    const receipt = await (await call(m.hub, from, method, args, value)).wait();
    figures[name] = Number(receipt!.gasUsed);
  };
  const assigned = async (requestId: bigint): Promise<void> => {
    await networkHelpers.mine(2);
    await gas("assign", m.stranger, "assign", [requestId]);
  };

  await gas("request", m.user, "request", [await requestParams(m)], TOTAL);
  await assigned(2n);
  await gas("accept", node, "accept", [2, await bindingOf(m, 2n)]);
  await gas("post 2112 bytes", node, "post", [2, inline(2_112)]);
  await gas("settle", m.user, "settle", [2]);

  const rejected = await request(m);
  await assigned(rejected);
  await gas("reject", node, "reject", [rejected, await bindingOf(m, rejected), 17]);
  await gas("refund of a rejected input", m.user, "refund", [rejected]);

  const declined = await request(m);
  await assigned(declined);
  await gas("decline", node, "decline", [declined]);

  const missed = await request(m);
  await assigned(missed);
  await networkHelpers.time.increase(m.parameters.acceptWindow);
  await gas("reassign", m.stranger, "reassign", [missed]);

  const receipt = await (
    await call(m.keys, m.user, "appendPacks", [m.keySetId, [{ ...pack("b"), blobRoot: bytes32("b") }]])
  ).wait();
  figures["append a key pack"] = Number(receipt!.gasUsed);
  return figures;
}

describe("Gas", () => {
  it("is within 1 % of test/contracts/gas.json; GAS_SNAPSHOT=write writes it anew", async function () {
    // Code that counts coverage costs more.
    if (hre.globalOptions.coverage) this.skip();
    const measured = { ...(await measure()), ...(await measureThree()) };
    if (process.env.GAS_SNAPSHOT === "write") writeFileSync(SNAPSHOT, `${JSON.stringify(measured, undefined, 2)}\n`);
    const kept = JSON.parse(readFileSync(SNAPSHOT, "utf8")) as Record<string, number>;
    expect(Object.keys(measured)).to.deep.equal(Object.keys(kept));
    for (const [name, figure] of Object.entries(measured)) {
      expect(figure, name).to.be.within(kept[name] * (1 - TOLERANCE), kept[name] * (1 + TOLERANCE));
    }
  });
});
