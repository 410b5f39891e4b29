import { expect } from "chai";
import { compile } from "../../../../offchain/fhe/plan/compile.ts";
import { GraphWriter, randomSamples } from "./random-graph.ts";

type Interval = readonly [number, number];

/** Interval arithmetic on vectors, a second time: every row by itself. */
function linear(kernel: Float64Array, bias: Float64Array, operand: readonly Interval[]): Interval[] {
  return Array.from(bias, (shift, unit) => {
    let [low, high] = [shift, shift];
    operand.forEach(([from, to], i) => {
      const products = [kernel[i * bias.length + unit] * from, kernel[i * bias.length + unit] * to];
      low += Math.min(...products);
      high += Math.max(...products);
    });
    return [low, high] as const;
  });
}

const squared = (operand: readonly Interval[]): Interval[] =>
  operand.map(([low, high]) => [
    low <= 0 && high >= 0 ? 0 : Math.min(low * low, high * high),
    Math.max(low * low, high * high),
  ]);
const largestOf = (values: readonly Interval[]): number => Math.max(...values.flat().map(Math.abs));

describe("bounds on intermediate values", function () {
  this.timeout(20_000);

  it("are those of interval arithmetic over the declared range, layer by layer", () => {
    const writer = new GraphWriter([3], 8);
    const layers = [
      [3, 4],
      [4, 3],
      [3, 2],
    ].map(([inputs, units]) => ({ kernel: writer.weights(inputs * units, 1), bias: writer.weights(units, 1), units }));
    // Where nothing is negative, no part of a sum exceeds the sum, and the largest value of the first layer is that of its result.
    layers[0] = { ...layers[0], kernel: layers[0].kernel.map(Math.abs), bias: layers[0].bias.map(Math.abs) };
    layers.forEach(({ kernel, bias, units }, k) => {
      writer.then(`dense ${k}`, { op: "dense", units, kernel, bias });
      if (k < 2) writer.then(`square ${k}`, { op: "square" });
    });
    const inputRange = { min: 0, max: 2 };
    const { report } = compile(writer.graph(), {
      calibration: randomSamples(2, 3, 1, [0, 2]),
      inputRange,
      layout: "diagonal",
    });
    const first = linear(layers[0].kernel, layers[0].bias, new Array<Interval>(3).fill([0, 2]));
    const second = linear(layers[1].kernel, layers[1].bias, squared(first));
    const found = report.layers.map(({ bound }) => bound.largest);
    expect(found[0]).to.be.closeTo(largestOf(first), 1e-12);
    expect(found[1]).to.be.closeTo(largestOf(squared(first)), 1e-12);
    // On the way to a sum its parts are bounded too, so the largest of the layer may be a part of it.
    expect(found[2]).to.be.within(largestOf(second) - 1e-12, 2 * largestOf(second));
    // What follows the last square is linear in what comes out, where the calibrated bound holds instead.
    expect(found.slice(3)).to.deep.equal([0, 0]);
    expect(report.layers[4].bound.headroomBits).to.equal(Infinity);
  });

  it("leave as many bits as the modulus of the level has beyond scale and value", () => {
    const writer = new GraphWriter([1], 1);
    const one = (name: string): GraphWriter =>
      writer.then(name, { op: "dense", units: 1, kernel: Float64Array.of(1), bias: null });
    one("first").then("square", { op: "square" });
    one("last");
    const { report, plan } = compile(writer.graph(), {
      calibration: Float64Array.of(8),
      inputRange: { min: -8, max: 8 },
      layout: "diagonal",
    });
    // The input at level 4 holds ±8 at a 30-bit scale; the first product at level 4 holds it at 60 bits, its rescaled form at level 3 at 30.
    const bits = plan.params.data.slice(0, 3).reduce((sum, prime) => sum + Math.log2(prime), 0);
    expect(report.layers[0].bound.headroomBits).to.be.closeTo(bits - 1 - 30 - 3, 0.01);
  });
});
