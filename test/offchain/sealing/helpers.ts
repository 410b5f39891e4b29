import { readFileSync } from "node:fs";

import { expect } from "chai";

import { CloakworkError } from "../../../offchain/errors.ts";
import type { sealingVectors } from "../../vectors/sealing.ts";

/** The committed vectors. */
export const vectors = JSON.parse(
  readFileSync(new URL("../../vectors/sealing.json", import.meta.url), "utf8"),
) as unknown as ReturnType<typeof sealingVectors>;

/** Everything a stream yields, as one. */
export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Cuts bytes into pieces of a length that fits no boundary of the format. */
export function* pieces(bytes: Uint8Array, length: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

/** Expects a coded error, and returns it. */
export async function failure(promise: Promise<unknown>, code: string): Promise<CloakworkError> {
  let outcome: unknown;
  try {
    outcome = await promise;
  } catch (error) {
    expect(error, `expected ${code}, got ${String(error)}`).to.be.instanceOf(CloakworkError);
    expect((error as CloakworkError).code).to.equal(code);
    expect((error as CloakworkError).next).to.match(/\.$/);
    return error as CloakworkError;
  }
  return expect.fail(`expected ${code}, got ${String(outcome)}`);
}
