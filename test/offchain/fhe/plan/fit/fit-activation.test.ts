import { expect } from "chai";
import fc from "fast-check";
import { activationFunction, type Activation } from "../../../../../offchain/fhe/graph/activation.ts";
import { fitComposed } from "../../../../../offchain/fhe/plan/fit/composed.ts";
import { distributionOf, standardised } from "../../../../../offchain/fhe/plan/fit/distribution.ts";
import { evaluateSteps, fitActivation } from "../../../../../offchain/fhe/plan/fit/fit-activation.ts";
import { fitLine, fitQuadratic, inX } from "../../../../../offchain/fhe/plan/fit/quadratic.ts";
import { randomNumbers } from "../../graph/tfjs-models.ts";

const evaluate = (coefficients: readonly number[], x: number): number =>
  coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0);

/** Approximately normal numbers: sums of twelve uniform ones. */
function normal(count: number, seed: number, mean = 0, deviation = 1): Float64Array {
  const random = randomNumbers(seed);
  return Float64Array.from({ length: count }, () => {
    let sum = -6;
    for (let k = 0; k < 12; k++) sum += random();
    return mean + deviation * sum;
  });
}

/** A grid with the normal density for weights. */
function normalGrid(mean: number, deviation: number): ReturnType<typeof standardised> {
  const x = Float64Array.from({ length: 2001 }, (_, i) => mean + deviation * (i / 125 - 8));
  const density = x.map((value) => Math.exp(-(((value - mean) / deviation) ** 2) / 2));
  const total = density.reduce((sum, value) => sum + value, 0);
  return standardised(
    x,
    density.map((value) => value / total),
  );
}

const relu = activationFunction({ kind: "relu" });

describe("fitting an activation by a quadratic", () => {
  it("gives ReLU under the normal distribution its Hermite expansion: 1/√2π + x/2 + (x² − 1)/2√2π", () => {
    const points = normalGrid(0, 1);
    const [c, b, a] = inX(fitQuadratic(points, points.x.map(relu)), points);
    const root = Math.sqrt(2 * Math.PI);
    expect(a).to.be.closeTo(1 / (2 * root), 1e-4);
    expect(b).to.be.closeTo(1 / 2, 1e-4);
    expect(c).to.be.closeTo(1 / root - 1 / (2 * root), 1e-4);
  });

  it("finds a quadratic again, wherever its values lie", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -50, max: 50, noNaN: true }),
        fc.double({ min: 0.01, max: 20, noNaN: true }),
        fc.integer({ min: 1, max: 1e6 }),
        (mean, deviation, seed) => {
          const points = distributionOf(normal(200, seed, mean, deviation), 0);
          const wanted = [0.7, -1.1, 0.6].map((value, power) => value / deviation ** power);
          const found = inX(
            fitQuadratic(
              points,
              points.x.map((x) => evaluate(wanted, x - mean)),
            ),
            points,
          );
          for (const x of points.x) {
            const value = evaluate(wanted, x - mean);
            expect(evaluate(found, x)).to.be.closeTo(
              value,
              1e-7 * (1 + (mean / deviation) ** 2) * (1 + Math.abs(value)),
            );
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it("leaves residuals that no change of a coefficient makes smaller", () => {
    const points = distributionOf(normal(500, 3, 0.4, 2), 0);
    const targets = points.x.map(activationFunction({ kind: "swish" }));
    const coefficients = inX(fitQuadratic(points, targets), points);
    const error = (of: readonly number[]): number =>
      points.x.reduce((sum, x, i) => sum + points.weight[i] * (evaluate(of, x) - targets[i]) ** 2, 0);
    for (const power of [0, 1, 2]) {
      for (const step of [-1e-3, 1e-3]) {
        const changed = coefficients.map((value, k) => (k === power ? value + step : value));
        expect(error(changed)).to.be.above(error(coefficients));
      }
    }
  });

  it("keeps the vertex near where the function is straight, and a factor where it is constant", () => {
    const points = distributionOf(normal(300, 5), 0);
    const straight = inX(
      fitQuadratic(
        points,
        points.x.map((x) => 3 * x + 1),
      ),
      points,
    );
    expect(Math.abs(straight[1] / (2 * straight[2]))).to.be.within(1, 70 * points.deviation);
    points.x.forEach((x) => expect(evaluate(straight, x)).to.be.closeTo(3 * x + 1, 0.03 * 3 * 25));
    const [c, , a] = inX(
      fitQuadratic(
        points,
        points.x.map(() => 5),
      ),
      points,
    );
    expect(a).to.not.equal(0);
    expect(c).to.be.closeTo(5, 1e-4);
    expect(
      fitLine(
        points,
        points.x.map((x) => 3 * x + 1),
      )[1],
    ).to.be.closeTo(3, 1e-9);
  });

  it("stays near the activation a quarter of the range beyond it", () => {
    const values = normal(1000, 9);
    const points = distributionOf(values, 0);
    const max = Math.max(...values);
    const min = Math.min(...values);
    for (const kind of ["relu", "swish", "gelu", "softplus"] as const) {
      const of = activationFunction({ kind });
      const coefficients = inX(fitQuadratic(points, points.x.map(of)), points);
      for (const x of [min - (max - min) / 4, max + (max - min) / 4])
        expect(Math.abs(evaluate(coefficients, x) - of(x)), kind).to.be.below(2.5);
    }
  });
});

describe("fitting an activation by a quadratic of a quadratic", () => {
  it("finds one again", () => {
    const points = distributionOf(normal(400, 1, 0.3, 1.5), 0);
    const target = (x: number): number => -0.2 * ((0.8 * (x + 0.9)) ** 2 - 1.7) ** 2 + 0.4;
    const [inner, outer] = fitComposed(points, points.x.map(target));
    for (const x of points.x) expect(evaluate(outer, evaluate(inner, x))).to.be.closeTo(target(x), 1e-4 * (1 + x ** 4));
  });

  it("leaves only a shift between its two squares", () => {
    const points = distributionOf(normal(400, 2), 0);
    const [inner, outer] = fitComposed(points, points.x.map(relu));
    expect(inner[2]).to.be.above(0);
    expect(outer[1]).to.equal(0);
    expect(Math.abs(outer[2])).to.equal(1);
  });

  it("comes closer than a parabola: much for a soft step, less for a sharp one, a little for a hinge", () => {
    const cases: [Activation["kind"] & ("sigmoid" | "tanh" | "relu"), number][] = [
      ["sigmoid", 0.7],
      ["tanh", 0.85],
      ["relu", 0.95],
    ];
    for (const [kind, part] of cases) {
      const seen = [[normal(2000, 4, 0, 2)]];
      const of = activationFunction({ kind });
      const rms = (degree: 2 | 4): number => {
        const fitted = fitActivation({ kind }, seen, degree);
        return Math.sqrt(
          seen[0][0].reduce((sum, x) => sum + (evaluateSteps(fitted, x, 0) - of(x)) ** 2, 0) / seen[0][0].length,
        );
      };
      expect(rms(4) / rms(2), kind).to.be.below(part);
    }
  });
});

describe("fitting channels", () => {
  it("by themselves where they differ, together where they do not", () => {
    const samples = (scales: readonly number[]): Float64Array[][] =>
      Array.from({ length: 60 }, (_, s) => scales.map((scale, c) => normal(9, 100 * s + c, 0, scale)));
    const different = fitActivation({ kind: "relu" }, samples([0.1, 1, 10]), 2);
    expect(different.per).to.equal("channel");
    expect(different.ranges).to.have.length(3);
    expect(different.steps[0].map((powers) => powers.length)).to.deep.equal([3, 3, 3]);
    const alike = fitActivation({ kind: "relu" }, samples([1, 1, 1]), 2);
    expect(alike.per).to.equal("layer");
    expect(alike.ranges).to.have.length(1);
  });

  it("survives a channel that never moves and one that is always zero after the activation", () => {
    const seen = Array.from({ length: 40 }, (_, s) => [normal(4, s), new Float64Array(4), normal(4, s + 1000, -90, 1)]);
    for (const degree of [2, 4] as const) {
      const { steps } = fitActivation({ kind: "relu" }, seen, degree);
      for (const powers of steps) {
        for (const coefficients of powers) expect(coefficients.every(Number.isFinite)).to.equal(true);
        expect(powers[2].every((value) => value !== 0)).to.equal(true);
      }
    }
  });

  it("takes a line where a parabola is no better, which costs no level", () => {
    const seen = [[Float64Array.from({ length: 801 }, (_, k) => (k - 400) / 400)]];
    const { degree, steps } = fitActivation({ kind: "tanh" }, seen, 2);
    expect(degree).to.equal(1);
    expect(steps[0]).to.have.length(2);
    expect(steps[0][1][0]).to.be.within(0.7, 0.9);
  });
});
