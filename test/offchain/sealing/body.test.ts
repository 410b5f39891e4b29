import { expect } from "chai";
import fc from "fast-check";

import { fromHex, toHex, type Hex } from "../../../offchain/digest/hex.ts";
import { blobRoot } from "../../../offchain/digest/merkle.ts";
import {
  CHUNK_BYTES,
  HEADER_BYTES,
  openBody,
  sealBody,
  sealedBytes,
  TAG_BYTES,
} from "../../../offchain/sealing/body.ts";
import { SecretBytes } from "../../../offchain/sealing/secret-bytes.ts";
import { pattern } from "../digest/reference.ts";
import { referenceBody, sealingVectors } from "../../vectors/sealing.ts";
import { collect, failure, pieces, vectors } from "./helpers.ts";

const contentKey = new SecretBytes(fromHex(vectors.contentKey));
const noncePrefix = fromHex(vectors.noncePrefix);
const THREE = 2 * CHUNK_BYTES + 1000;

/** Header and three chunks, as the reference makes them. */
const parts = (): Buffer[] => referenceBody(Buffer.from(contentKey.reveal()), Buffer.from(noncePrefix), pattern(THREE));

const open = (sealed: Uint8Array, size = THREE, key = contentKey): Promise<Uint8Array> =>
  collect(openBody(key, pieces(sealed, 100_003), size));

describe("Sealed bodies", function () {
  this.timeout(20_000);

  it("are committed as the reference computes them", () => {
    expect(sealingVectors()).to.deep.equal(vectors);
  });

  it("are sealed byte for byte as the vectors, and open again, however the stream is cut", async () => {
    for (const { size, bytes, blobRoot: root, ...rest } of vectors.bodies) {
      const plaintext = pattern(size);
      const sealed = await collect(sealBody(contentKey, pieces(plaintext, 65_537), size, { noncePrefix }));
      expect(sealed.length).to.equal(bytes);
      expect(sealedBytes(size)).to.equal(bytes);
      expect(blobRoot(sealed), `root of the body of ${size} bytes`).to.equal(root);
      if ("sealed" in rest) expect(toHex(sealed)).to.equal(rest.sealed);
      expect(plaintext.equals(await open(sealed, size))).to.equal(true);
    }
  });

  it("never use a nonce twice: every sealing draws another prefix", async () => {
    const sealed = await Promise.all([1, 2].map(() => collect(sealBody(contentKey, [pattern(50)], 50))));
    expect(Buffer.from(sealed[0]).subarray(20, 27).equals(Buffer.from(sealed[1]).subarray(20, 27))).to.equal(false);
  });

  it("do not open with another key", async () => {
    await failure(open(Buffer.concat(parts()), THREE, SecretBytes.random32()), "BODY_NOT_AUTHENTIC");
  });

  it("do not open cut off anywhere: in the header, inside a chunk, or between chunks", async () => {
    const whole = Buffer.concat(parts());
    const ends = [
      0,
      1,
      HEADER_BYTES - 1,
      HEADER_BYTES,
      HEADER_BYTES + 5,
      whole.length - 1,
      whole.length - 1000 - TAG_BYTES,
    ];
    for (const end of ends) await failure(open(whole.subarray(0, end)), "BODY_TRUNCATED");
  });

  it("do not open when cut at a chunk and the header says so: the last chunk is marked", async () => {
    const [header, first, second] = parts();
    const shorter = Buffer.from(header);
    shorter.writeBigUInt64LE(BigInt(2 * CHUNK_BYTES), 12);
    await failure(open(Buffer.concat([shorter, first, second]), 2 * CHUNK_BYTES), "BODY_NOT_AUTHENTIC");
  });

  it("do not open with chunks reordered, repeated or dropped", async () => {
    const [header, first, second, third] = parts();
    await failure(open(Buffer.concat([header, second, first, third])), "BODY_NOT_AUTHENTIC");
    await failure(open(Buffer.concat([header, first, first, third])), "BODY_NOT_AUTHENTIC");
    await failure(open(Buffer.concat([header, first, third])), "BODY_TRUNCATED");
  });

  it("do not open with bytes after the end", async () => {
    await failure(open(Buffer.concat([...parts(), Buffer.of(0)])), "BODY_TRAILING");
  });

  it("do not open with the chunks of another body under the same key", async () => {
    const [header, first, second] = parts();
    const other = referenceBody(Buffer.from(contentKey.reveal()), Buffer.from("another"), pattern(THREE));
    await failure(open(Buffer.concat([header, first, second, other[3]])), "BODY_NOT_AUTHENTIC");
  });

  it("do not open with any one bit flipped", async () => {
    const size = 40;
    const sealed = Buffer.concat(
      referenceBody(Buffer.from(contentKey.reveal()), Buffer.from(noncePrefix), pattern(size)),
    );
    const codes = new Map<string, number>();
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const flipped = Buffer.from(sealed);
      flipped[bit >> 3] ^= 1 << (bit & 7);
      const outcome = await open(flipped, size).then(
        () => "opened",
        (error: unknown) => (error as { code: string }).code,
      );
      codes.set(outcome, (codes.get(outcome) ?? 0) + 1);
    }
    // 13 bytes of the header are fixed, 8 are the size, 7 the prefix; then ciphertext and tag.
    expect(Object.fromEntries(codes)).to.deep.equal({
      BODY_FORMAT: 13 * 8,
      BODY_SIZE: 8 * 8,
      BODY_NOT_AUTHENTIC: (7 + size + TAG_BYTES) * 8,
    });
  });

  it("are refused by their size before anything is read beyond the header", async () => {
    const [header] = parts();
    let read = 0;
    function* greedy(): Generator<Uint8Array> {
      yield header;
      for (;;) {
        read++;
        yield new Uint8Array(CHUNK_BYTES);
      }
    }
    await failure(collect(openBody(contentKey, greedy(), 1000)), "BODY_SIZE");
    expect(read).to.equal(0);
  });

  it("release no byte of a chunk that is not authentic, and let go of the source", async () => {
    const [header, first, second, third] = parts();
    second[7] ^= 1;
    let closed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield* [header, first, second, third];
        await Promise.resolve();
      } finally {
        closed = true;
      }
    }
    let released = 0;
    const reading = (async () => {
      for await (const piece of openBody(contentKey, source(), THREE)) released += piece.length;
    })();
    await failure(reading, "BODY_NOT_AUTHENTIC");
    expect(released).to.equal(CHUNK_BYTES);
    expect(closed).to.equal(true);
  });

  it("hold no more than two chunks while streaming", async () => {
    const size = 24 * CHUNK_BYTES;
    let ahead = 0;
    let most = 0;
    function* source(): Generator<Uint8Array> {
      for (let i = 0; i < size; i += 65_536) {
        ahead += 65_536;
        most = Math.max(most, ahead);
        yield new Uint8Array(65_536);
      }
    }
    for await (const piece of sealBody(contentKey, source(), size)) ahead -= Math.max(0, piece.length - TAG_BYTES);
    expect(most).to.be.at.most(2 * CHUNK_BYTES);
  });

  it("refuse to seal more or fewer bytes than announced", async () => {
    await failure(collect(sealBody(contentKey, [pattern(10)], 11)), "BODY_SIZE");
    await failure(collect(sealBody(contentKey, [pattern(10)], 9)), "BODY_SIZE");
    await failure(collect(sealBody(contentKey, [pattern(1)], 0)), "BODY_SIZE");
  });

  it("refuse keys and prefixes of another length", async () => {
    const outcome = (promise: Promise<unknown>) =>
      promise.then(
        () => "done",
        (error: unknown) => (error as Error).name,
      );
    expect(await outcome(collect(sealBody(new SecretBytes(new Uint8Array(16)), [], 0)))).to.equal("RangeError");
    expect(await outcome(collect(sealBody(contentKey, [], 0, { noncePrefix: new Uint8Array(8) })))).to.equal(
      "RangeError",
    );
    expect(await outcome(collect(sealBody(contentKey, [], -1)))).to.equal("RangeError");
  });

  it("report progress and stop when cancelled", async () => {
    const sealed = Buffer.concat(parts());
    const seen: number[] = [];
    const controller = new AbortController();
    const reading = collect(
      openBody(contentKey, pieces(sealed, 4096), THREE, {
        signal: controller.signal,
        onProgress: (done, total) => {
          expect(total).to.equal(THREE);
          seen.push(done);
          if (seen.length === 2) controller.abort();
        },
      }),
    );
    const name = await reading.then(
      () => "done",
      (error: unknown) => (error as Error).name,
    );
    expect(name).to.equal("AbortError");
    expect(seen).to.deep.equal([CHUNK_BYTES, 2 * CHUNK_BYTES]);
  });

  it("survive the round trip for any bytes and any cuts", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 500 }), fc.integer({ min: 1, max: 70 }), async (bytes, cut) => {
        const sealed = await collect(sealBody(contentKey, pieces(bytes, cut), bytes.length));
        const opened = await collect(openBody(contentKey, pieces(sealed, cut), bytes.length));
        expect(toHex(opened)).to.equal(toHex(bytes) satisfies Hex);
      }),
      { numRuns: 40 },
    );
  });
});
