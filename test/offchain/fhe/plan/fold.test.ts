import { expect } from "chai";
import fc from "fast-check";
import { evaluateGraph } from "../../../../offchain/fhe/graph/evaluate.ts";
import { elementCount, type Graph } from "../../../../offchain/fhe/graph/graph.ts";
import { toMatrix } from "../../../../offchain/fhe/plan/affine-map.ts";
import { CompileError } from "../../../../offchain/fhe/plan/errors.ts";
import { foldGraph, type Network } from "../../../../offchain/fhe/plan/fold.ts";
import { forEachWeight } from "../../../../offchain/fhe/plan/sparse-matrix.ts";
import { GraphWriter, paddedWindow, plainWindow, randomSamples } from "./random-graph.ts";

/** What the stages say, computed as they say it. */
function evaluateStages({ inputGather, stages }: Network, input: Float64Array): number[] {
  let values = Array.from(inputGather, (index) => (index < 0 ? 0 : input[index]));
  for (const stage of stages) {
    if (stage.kind === "square") {
      values = values.map((value, k) => (value + (stage.shift?.[k] ?? 0)) ** 2 + (stage.offset?.[k] ?? 0));
      continue;
    }
    const matrix = toMatrix(stage.map);
    const operand = values;
    values = [...matrix.bias];
    forEachWeight(matrix, (i, j, weight) => {
      values[i] += weight * operand[j];
    });
  }
  return values;
}

function expectSame(graph: Graph, seed: number): Network {
  const network = foldGraph(graph);
  const input = randomSamples(1, elementCount(graph.nodes[0].shape), seed);
  const expected = evaluateGraph(graph, input);
  const actual = evaluateStages(network, input);
  expect(actual).to.have.length(expected.length);
  expected.forEach((value, k) => expect(actual[k]).to.be.closeTo(value, 1e-10 * Math.max(1, Math.abs(value))));
  return network;
}

const kindsOf = (network: Network): string[] =>
  network.stages.map((stage) => (stage.kind === "linear" ? stage.map.kind : "square"));
const seeds = fc.integer({ min: 0, max: 2 ** 31 });

describe("folding a graph", function () {
  this.timeout(20_000);

  it("leaves one affine map between two squares, whatever lies between them", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 }), (seed, channels, stride) => {
        const writer = new GraphWriter([7, 6, channels], seed);
        const window = plainWindow(3, stride);
        writer.conv2d("conv", channels, 4, window);
        writer.then("norm", {
          op: "batchNorm",
          gamma: writer.weights(4, 1),
          beta: writer.weights(4, 1),
          mean: writer.weights(4, 1),
          variance: writer.weights(4, 1).map((value) => value + 1.5),
          epsilon: 1e-3,
        });
        writer.then("square", { op: "square" }).then("pool", { op: "averagePool", window: plainWindow(2, 1) });
        const [height, width] = [Math.floor(4 / stride), Math.floor(3 / stride)];
        writer.then("flatten", { op: "reshape", shape: [height * width * 4] });
        writer
          .dense("dense", height * width * 4, 5)
          .then("again", { op: "square" })
          .dense("last", 5, 3);
        const network = expectSame(writer.graph(), seed);
        expect(kindsOf(network)).to.deep.equal(["windows", "square", "matrix", "square", "matrix"]);
        expect(network.stages[2].layers).to.deep.equal(["pool", "flatten", "dense"]);
      }),
      { numRuns: 25 },
    );
  });

  it("completes the square of a quadratic, its shift before and its factor after it", () => {
    fc.assert(
      fc.property(
        seeds,
        fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 3 }), fc.constantFrom(-2, 0.5, 1)),
        (seed, [c, b, a]) => {
          const writer = new GraphWriter([4], seed);
          writer
            .dense("first", 4, 3)
            .then("quadratic", { op: "polynomial", coefficients: [c, b, a, 0] })
            .dense("last", 3, 2);
          expect(kindsOf(expectSame(writer.graph(), seed))).to.deep.equal(["matrix", "square", "matrix"]);
        },
      ),
    );
  });

  it("completes the square of every channel by itself", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const writer = new GraphWriter([5, 5, 2], seed);
        const coefficients = (): Float64Array[] => [0, 1, 2].map(() => writer.weights(3, 1));
        writer
          .conv2d("conv", 2, 3, plainWindow(3, 1))
          .then("quadratics", { op: "channelPolynomial", coefficients: coefficients() })
          .then("pool", { op: "averagePool", window: plainWindow(2, 1) })
          .then("more", { op: "channelPolynomial", coefficients: coefficients() });
        expect(kindsOf(expectSame(writer.graph(), seed))).to.deep.equal([
          "windows",
          "square",
          "matrix",
          "square",
          "matrix",
        ]);
      }),
      { numRuns: 25 },
    );
  });

  it("squares twice in two levels where only a shift lies between, a polynomial of degree 4", () => {
    const writer = new GraphWriter([4], 6)
      .dense("first", 4, 3)
      .then("inner", { op: "polynomial", coefficients: [0.5, 2, 0.25] })
      .then("outer", { op: "polynomial", coefficients: [3, -1, -1] })
      .dense("last", 3, 2);
    const network = expectSame(writer.graph(), 8);
    expect(kindsOf(network)).to.deep.equal(["matrix", "square", "square", "matrix"]);
    // 0.25·(x + 4)² − 3.5 and −(x + 0.5)² + 3.25: between the squares −3.5 + 0.5.
    expect(network.stages[2]).to.deep.include({ shift: Float64Array.of(-3, -3, -3) });
  });

  it("adds what is outside the last quadratic at its square, and leaves the last bias as it was", () => {
    for (const factor of [0.01, -0.01]) {
      const writer = new GraphWriter([4], 6)
        .dense("first", 4, 3)
        .then("nearly a line", { op: "polynomial", coefficients: [0, 1, factor] })
        .dense("last", 3, 2);
      const graph = writer.graph();
      const network = expectSame(graph, 8);
      const [, square, last] = network.stages;
      // ±0.01·x² + x = ±((0.1·(x ± 50))² − 25).
      expect(square.kind === "square" && [...square.offset!].map((value) => Number(value.toFixed(9)))).to.deep.equal([
        -25, -25, -25,
      ]);
      const { operation } = graph.nodes[3];
      expect(last.kind === "linear" && operation.op === "dense" && last.map.bias).to.deep.equal(
        operation.op === "dense" && operation.bias,
      );
    }
  });

  it("needs a level between two squares for a factor that cannot go elsewhere", () => {
    const writer = new GraphWriter([4], 6)
      .then("inner", { op: "polynomial", coefficients: [0, 1, 0.25] })
      .then("outer", { op: "polynomial", coefficients: [3, -1, 2] });
    const network = expectSame(writer.graph(), 8);
    expect(kindsOf(network)).to.deep.equal(["square", "matrix", "square", "matrix"]);
    expect(network.stages[2].layers).to.deep.equal(["outer"]);
  });

  it("refuses channels that are squared together with channels that are not", () => {
    const writer = new GraphWriter([2], 6).then("mixed", {
      op: "channelPolynomial",
      coefficients: [Float64Array.of(0, 0), Float64Array.of(1, 1), Float64Array.of(1, 0)],
    });
    expect(() => foldGraph(writer.graph())).to.throw(CompileError, /"mixed" is a quadratic in some channels/);
  });

  it("refuses a quadratic that is all but a line, naming the layer", () => {
    for (const factor of [1e-9, -1e-300]) {
      const writer = new GraphWriter([2], 6).then("straight", { op: "polynomial", coefficients: [0, 1, factor] });
      expect(() => foldGraph(writer.graph())).to.throw(CompileError, /"straight" is so nearly a line/);
    }
  });

  it("refuses an activation that nothing was fitted to, naming it", () => {
    const writer = new GraphWriter([2], 6).then("act", { op: "activation", activation: { kind: "relu" } });
    expect(() => foldGraph(writer.graph())).to.throw(CompileError, /"act" applies relu, which is not a polynomial/);
  });

  it("takes a polynomial of degree 1 or 0 for what it is", () => {
    const writer = new GraphWriter([4], 1)
      .dense("first", 4, 3)
      .then("line", { op: "polynomial", coefficients: [1, -2] });
    expect(kindsOf(expectSame(writer.graph(), 1))).to.deep.equal(["matrix"]);
  });

  it("joins and adds branches of the same square", () => {
    const writer = new GraphWriter([2, 3], 5).then("square", { op: "square" });
    const square = writer.last;
    writer.dense("left", 3, 4, square);
    const left = writer.last;
    writer.dense("right", 3, 4, square);
    const right = writer.last;
    writer
      .then("sum", { op: "add" }, left, right)
      .then("joined", { op: "concatenate", axis: 1 }, writer.last, left, right);
    expect(kindsOf(expectSame(writer.graph(), 9))).to.deep.equal(["square", "matrix"]);
  });

  it("leaves moving input elements to the client", () => {
    const writer = new GraphWriter([2, 3, 2], 4)
      .then("turn", { op: "permute", order: [2, 0, 1] })
      .then("turn back", { op: "permute", order: [1, 2, 0] })
      .then("border", {
        op: "zeroPad",
        padding: [
          [1, 0],
          [0, 2],
        ],
      })
      .then("square", { op: "square" })
      .then("flatten", { op: "reshape", shape: [30] })
      .dense("last", 30, 2);
    const network = expectSame(writer.graph(), 3);
    expect(kindsOf(network)).to.deep.equal(["square", "matrix"]);
    expect(network.inputGather.filter((index) => index < 0)).to.have.length(18);
  });

  it("ends in something linear even where the model does not", () => {
    const writer = new GraphWriter([3], 2).dense("first", 3, 3).then("square", { op: "square" });
    expect(kindsOf(expectSame(writer.graph(), 2))).to.deep.equal(["matrix", "square", "matrix"]);
  });

  it("takes branches along that have other squares on their way, or none", () => {
    fc.assert(
      fc.property(seeds, fc.boolean(), (seed, deep) => {
        const writer = new GraphWriter([4], seed).dense("a", 4, 3);
        writer.then("quadratic", { op: "polynomial", coefficients: [0.5, 1, -2] }).dense("b", 3, 3);
        const [a, quadratic, b] = [1, 2, 3];
        // A branch of the input alone, and one with a square of its own at the first level.
        writer.dense("c", 4, 3, 0).then("beside", { op: "polynomial", coefficients: [1, -1, 0.5] });
        const beside = writer.last;
        writer.then("meet", { op: "add" }, b, a, beside);
        writer.then("join", { op: "concatenate", axis: 0 }, writer.last, 0, quadratic);
        const join = writer.last;
        writer.dense("d", 10, 2).then("second", { op: "polynomial", coefficients: [0, 1, 1] });
        // From below the last square, and from below both.
        writer.dense("e", 2, 10).then("residual", { op: "add" }, writer.last, join);
        if (deep) {
          writer.dense("f", 10, 2).then("third", { op: "square" });
          writer.dense("g", 2, 4).then("from the start", { op: "add" }, writer.last, 0);
        }
        const network = expectSame(writer.graph(), seed);
        const kinds = ["matrix", "square", "matrix", "square", "matrix", ...(deep ? ["square", "matrix"] : [])];
        expect(kindsOf(network)).to.deep.equal(kinds);
      }),
      { numRuns: 30 },
    );
  });

  it("squares branches together, each element once", () => {
    const fork = new GraphWriter([3], 2).dense("a", 3, 3).dense("b", 3, 2, 0);
    fork.then("one", { op: "square" }, 1).then("two", { op: "square" }, 2);
    fork.then("meet", { op: "concatenate", axis: 0 }, 3, 4);
    const { stages } = expectSame(fork.graph(), 3);
    expect(stages[1]).to.include({ kind: "square", size: 5 });
    expect(stages[1].layers).to.deep.equal(["one", "two"]);
    expect(stages[0].layers).to.deep.equal(["a", "b"]);
  });

  it("puts images that are squared together side by side, as channels, and leaves other shapes as they come", () => {
    const around = paddedWindow(3, 1, 1);
    const residual = new GraphWriter([5, 4, 1], 6).conv2d("stem", 1, 2, around);
    residual.then("bend", { op: "polynomial", coefficients: [0.1, 1, 0.5] }).conv2d("inner", 2, 3, around);
    residual.then("again", { op: "polynomial", coefficients: [0.2, -1, 0.25] }).conv2d("outer", 3, 2, around);
    residual.then("meet", { op: "add" }, residual.last, 2).then("last", { op: "square" });
    const images = expectSame(residual.graph(), 4).stages.flatMap((stage) => (stage.kind === "linear" ? [stage] : []));
    // Three channels of the block, and two of the short way round, twice.
    expect(images.map(({ from, to }) => [from, to])).to.deep.equal([
      [
        [5, 4, 1],
        [5, 4, 2],
      ],
      [
        [5, 4, 2],
        [5, 4, 7],
      ],
      [
        [5, 4, 7],
        [5, 4, 2],
      ],
      [
        [5, 4, 2],
        [5, 4, 2],
      ],
    ]);
    const uneven = new GraphWriter([5, 4, 1], 6).conv2d("a", 1, 2, around).then("one", { op: "square" });
    uneven.then("flat", { op: "reshape", shape: [40] });
    const flat = uneven.last;
    uneven
      .conv2d("b", 1, 1, plainWindow(3, 1), 0)
      .then("two", { op: "square" })
      .then("flat too", { op: "reshape", shape: [6] });
    uneven.then("join", { op: "concatenate", axis: 0 }, flat, uneven.last).dense("last", 46, 2);
    expect(expectSame(uneven.graph(), 5).stages[0]).to.deep.include({ kind: "linear", to: [46] });
  });

  it("spends a level between squares that would follow each other directly where a branch has to come along", () => {
    const direct = new GraphWriter([3], 2).then("squared", { op: "square" }).dense("b", 3, 3);
    direct.then("meet", { op: "add" }, direct.last, 0);
    expect(kindsOf(expectSame(direct.graph(), 4))).to.deep.equal(["matrix", "square", "matrix"]);
    const twice = new GraphWriter([3], 2).dense("a", 3, 3).then("one", { op: "square" }).then("two", { op: "square" });
    const alone = kindsOf(expectSame(twice.graph(), 5));
    expect(alone).to.deep.equal(["matrix", "square", "square", "matrix"]);
    twice.then("meet", { op: "add" }, 3, 1);
    expect(kindsOf(expectSame(twice.graph(), 5))).to.deep.equal(["matrix", "square", "matrix", "square", "matrix"]);
  });

  it("refuses polynomials of higher degree, naming the layer", () => {
    const writer = new GraphWriter([3], 2).then("cubic", { op: "polynomial", coefficients: [0, 1, 0, 1] });
    expect(() => foldGraph(writer.graph())).to.throw(CompileError, /"cubic" is a polynomial of degree above 2/);
  });

  it("refuses a map too large to write down, naming the layer", () => {
    const writer = new GraphWriter([2048], 2).dense("wide", 2048, 2048);
    const copies = new Array<number>(17).fill(writer.last);
    writer.then("joined", { op: "concatenate", axis: 0 }, ...copies);
    expect(() => foldGraph(writer.graph())).to.throw(CompileError, /"joined" becomes a matrix of 34816 × 2048/);
  });
});
