import { expect } from "chai";
import { seededRandom, shuffledIndices } from "../../../scripts/digits/random.ts";

describe("seeded random numbers", () => {
  // From a C program with PractRand's sfc32::raw32 (uint32_t), state (0, seed, 1), counter 1, after 15 discarded outputs.
  const vectors = [
    [7, [3234381107, 2184965376, 2340080373, 2227791382]],
    [20240229, [2640825945, 4128247221, 1473117650, 1532131113]],
    [4294967295, [533044093, 3174947357, 2320306773, 1360180282]],
  ] as const;
  for (const [seed, expected] of vectors) {
    it(`are those of sfc32 for seed ${seed}`, () => {
      const random = seededRandom(seed);
      expect(expected.map(() => random() * 2 ** 32)).to.deep.equal(expected);
    });
  }

  it("put 0 … n−1 in every order equally often", () => {
    const random = seededRandom(1);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = shuffledIndices(3, random).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).to.deep.equal(["012", "021", "102", "120", "201", "210"]);
    // 1000 expected, standard deviation 29
    for (const count of counts.values()) expect(count).to.be.within(870, 1130);
  });
});
