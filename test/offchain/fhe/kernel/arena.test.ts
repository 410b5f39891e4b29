import { expect } from "chai";
import fc from "fast-check";

import { Arena } from "../../../../offchain/fhe/kernel/arena.ts";
import { KernelMemoryError } from "../../../../offchain/fhe/kernel/errors.ts";

const PAGE = 65536;

const arenaOf = (limit: number): Arena => new Arena(new WebAssembly.Memory({ initial: 1 }), limit);

describe("arena", function () {
  this.timeout(20_000);

  it("hands out pieces that do not overlap, keeps what is in them, and takes all back", () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 40_000 }), fc.nat()), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (sizes) => {
        const arena = arenaOf(1024 * PAGE);
        const live: { address: number; bytes: number; mark: number }[] = [];
        sizes.forEach(([bytes, choice], i) => {
          if (choice % 3 === 0 && live.length > 0) {
            const [piece] = live.splice(choice % live.length, 1);
            arena.give(piece.address);
          }
          const address = arena.take(bytes);
          for (const other of live) {
            expect(address + bytes <= other.address || other.address + other.bytes <= address).to.equal(true);
          }
          expect(address % 64).to.equal(0);
          arena.words.fill(i, address / 4, address / 4 + Math.floor(bytes / 4));
          live.push({ address, bytes, mark: i });
        });
        for (const { address, bytes, mark } of live) {
          const words = arena.words.subarray(address / 4, address / 4 + Math.floor(bytes / 4));
          expect(words.every((word) => word === mark)).to.equal(true);
          arena.give(address);
        }
        expect(arena.takenBytes).to.equal(0);
        expect(arena.takenCount).to.equal(0);
        // All is one piece again: what the memory holds can be taken at once, without growing.
        const size = arena.memory.buffer.byteLength;
        arena.take(size - 4096);
        expect(arena.memory.buffer.byteLength).to.equal(size);
      }),
      { numRuns: 100 },
    );
  });

  it("does not grow while the same sizes come and go", () => {
    const arena = arenaOf(1024 * PAGE);
    const sizes = [100_000, 3_000, 250_000, 64];
    const round = (): void => {
      const pieces = sizes.map((bytes) => arena.take(bytes));
      for (const piece of [pieces[1], pieces[3], pieces[0], pieces[2]]) arena.give(piece);
    };
    round();
    const size = arena.memory.buffer.byteLength;
    for (let i = 0; i < 5000; i++) round();
    expect(arena.memory.buffer.byteLength).to.equal(size);
  });

  it("refuses beyond its limit, taking nothing, and goes on", () => {
    const arena = arenaOf(4 * PAGE);
    const first = arena.take(2 * PAGE);
    expect(() => arena.take(3 * PAGE)).to.throw(KernelMemoryError, "limit");
    expect(arena.takenCount).to.equal(1);
    arena.give(first);
    expect(arena.take(3 * PAGE)).to.be.a("number");
  });

  it("refuses memory given back twice, or never taken", () => {
    const arena = arenaOf(4 * PAGE);
    const piece = arena.take(64);
    arena.give(piece);
    expect(() => {
      arena.give(piece);
    }).to.throw(RangeError, "twice");
    expect(() => {
      arena.give(12345);
    }).to.throw(RangeError);
  });
});
