import { readFileSync, writeFileSync } from "node:fs";

import { expect } from "chai";
import type { Signer } from "ethers";
import hre from "hardhat";

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
    const measured = await measure();
    if (process.env.GAS_SNAPSHOT === "write") writeFileSync(SNAPSHOT, `${JSON.stringify(measured, undefined, 2)}\n`);
    const kept = JSON.parse(readFileSync(SNAPSHOT, "utf8")) as Record<string, number>;
    expect(Object.keys(measured)).to.deep.equal(Object.keys(kept));
    for (const [name, figure] of Object.entries(measured)) {
      expect(figure, name).to.be.within(kept[name] * (1 - TOLERANCE), kept[name] * (1 + TOLERANCE));
    }
  });
});
