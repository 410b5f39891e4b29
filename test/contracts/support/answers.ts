import { receiptDigest, answerCommitment } from "../../../offchain/chain/bindings.ts";
import type { Answer, Hex } from "../../../offchain/chain/types.ts";
import { bindingOf, call, inline, type Market, request } from "./fixture.ts";
import { networkHelpers } from "./network.ts";
import { bytes32 } from "./values.ts";

type Account = Market["user"];

export const NOTHING: Hex = `0x${"00".repeat(32)}`;

/** An answer with the bytes that go with it. */
export interface Told extends Answer {
  readonly data: Uint8Array | Hex;
}

/** An inline result whose every byte depends on the label. */
export function result(label: string, size = 64): Told {
  const made = inline(size);
  if (label === "right") return { ...made, kind: 0 };
  return { kind: 1, size, digest: bytes32(label), data: "0x" };
}

export function rejection(code: number): Told {
  return { kind: 2, size: code, digest: NOTHING, data: "0x" };
}

/** What honest nodes answer, and two other answers. */
export const RIGHT = result("right");
export const WRONG = result("wrong");
export const OTHER = result("other");

export const UNAVAILABLE: Told = { kind: 3, size: 0, digest: NOTHING, data: "0x" };

export const SALT = bytes32("salt of a commitment");

/** The receipt of an answer to a request, computed off chain. */
export async function receiptFor(m: Market, requestId: bigint, { kind, size, digest }: Answer): Promise<Hex> {
  return receiptDigest(31337, m.contracts.hub, await bindingOf(m, requestId), { kind, size, digest });
}

/** What an account commits to for an answer. */
export async function commitmentFor(m: Market, requestId: bigint, answer: Answer, account: string): Promise<Hex> {
  return answerCommitment(await receiptFor(m, requestId, answer), SALT, account as Hex);
}

/** The nodes of a request's duties, by replica; `undefined` for a seat without one. */
export async function seatsOf(m: Market, requestId: bigint): Promise<readonly (Account | undefined)[]> {
  const duties = (await m.hub.getFunction("dutiesOf")(requestId)) as readonly { node: string }[];
  return Array.from(duties, (duty) => m.nodes.find(({ address }) => address === duty.node));
}

/** A request of several replicas, drawn. */
export async function drawn(m: Market, replicas: number): Promise<{ requestId: bigint; seats: readonly Account[] }> {
  const requestId = await request(m, { replicas });
  await networkHelpers.mine(2);
  await call(m.hub, m.stranger, "assign", [requestId]);
  const seats = await seatsOf(m, requestId);
  return { requestId, seats: seats.filter((seat) => seat !== undefined) };
}

/** Has nodes accept and commit, each to its answer. */
export async function commitAll(
  m: Market,
  requestId: bigint,
  seats: readonly Account[],
  answers: readonly Told[],
): Promise<void> {
  const binding = await bindingOf(m, requestId);
  for (const node of seats) await call(m.hub, node, "accept", [requestId, binding]);
  for (const [i, answer] of answers.entries()) {
    await call(m.hub, seats[i], "commit", [requestId, await commitmentFor(m, requestId, answer, seats[i].address)]);
  }
}

/** One node reveals. */
export async function reveal(m: Market, requestId: bigint, node: Account, answer: Told, data = answer.data) {
  return await call(m.hub, node, "reveal", [requestId, { ...answer, data }, SALT]);
}

/** A request of several replicas, answered so, up to the tally. */
export async function answered(
  m: Market,
  answers: readonly Told[],
): Promise<{ requestId: bigint; seats: readonly Account[] }> {
  const { requestId, seats } = await drawn(m, answers.length);
  await commitAll(m, requestId, seats, answers);
  for (const [i, answer] of answers.entries()) await reveal(m, requestId, seats[i], answer);
  return { requestId, seats };
}
