import { expect } from "chai";
import { ModelError } from "../../../../offchain/fhe/graph/errors.ts";
import { evaluateGraph, evaluateNodes } from "../../../../offchain/fhe/graph/evaluate.ts";
import type { Operation, Window } from "../../../../offchain/fhe/graph/graph.ts";
import { makeGraph, type NodeSpec } from "../../../../offchain/fhe/graph/make-graph.ts";

const node = (name: string, operation: Operation, ...inputs: number[]): NodeSpec => ({ name, operation, inputs });
const vector = (size: number): NodeSpec => node("input", { op: "input", shape: [size] });
const dense = (kernel: number[], units: number, bias?: number[]): Operation => ({
  op: "dense",
  units,
  kernel: Float64Array.from(kernel),
  bias: bias === undefined ? null : Float64Array.from(bias),
});
const window: Window = {
  size: [2, 2],
  strides: [1, 1],
  dilation: [1, 1],
  padding: [
    [0, 0],
    [0, 0],
  ],
};

describe("a graph", () => {
  it("evaluates dense layers and polynomials as on paper", () => {
    const graph = makeGraph("paper", [
      vector(2),
      node("dense", dense([1, 2, 3, 4, 5, 6], 3, [0.5, 0, -1]), 0),
      node("cubic", { op: "polynomial", coefficients: [1, -1, 0, 2] }, 1),
    ]);
    const results = evaluateNodes(graph, [1, -2]);
    // [1·1 − 2·4 + 0.5, 1·2 − 2·5, 1·3 − 2·6 − 1], then 1 − x + 2x³.
    expect([...results[1]]).to.deep.equal([-6.5, -8, -10]);
    expect([...evaluateGraph(graph, [1, -2])]).to.deep.equal([-541.75, -1015, -1989]);
  });

  it("refuses an input of another length", () => {
    expect(() => evaluateGraph(makeGraph("g", [vector(2), node("s", { op: "square" }, 0)]), [1])).to.throw(
      RangeError,
      /takes 2/,
    );
  });

  const refusals: [string, NodeSpec[], RegExp][] = [
    ["two inputs", [vector(2), vector(2)], /"input" is not where/],
    ["no input", [node("dense", dense([1], 1), 0)], /"dense" is not where/],
    [
      "an operand that comes later",
      [vector(1), node("late", { op: "square" }, 1)],
      /"late" uses a layer that does not come before/,
    ],
    [
      "a kernel of the wrong size",
      [vector(2), node("dense", dense([1, 2, 3], 2), 0)],
      /"dense" has 3 weights in its kernel and needs 4/,
    ],
    [
      "a non-finite coefficient",
      [vector(2), node("p", { op: "polynomial", coefficients: [1, NaN] }, 0)],
      /"p" .* coefficients/,
    ],
    [
      "an image operation on a vector",
      [vector(4), node("pool", { op: "averagePool", window }, 0)],
      /"pool" works on images/,
    ],
    [
      "a window larger than its image",
      [node("input", { op: "input", shape: [1, 4, 1] }), node("pool", { op: "averagePool", window }, 0)],
      /"pool" has a window larger/,
    ],
    [
      "addition of different shapes",
      [vector(2), node("d", dense([1, 1], 1), 0), node("sum", { op: "add" }, 0, 1)],
      /"sum" adds tensors/,
    ],
    ["a reshape to another size", [vector(2), node("r", { op: "reshape", shape: [3] }, 0)], /"r" reshapes/],
    ["an empty axis", [vector(0), node("s", { op: "square" }, 0)], /"input" has the shape \[0\]/],
    [
      "a node nobody uses",
      [vector(2), node("idle", { op: "square" }, 0), node("used", { op: "square" }, 0)],
      /"idle" does not lead to the output/,
    ],
    [
      "a variance that is not positive",
      [
        vector(1),
        node(
          "bn",
          {
            op: "batchNorm",
            gamma: null,
            beta: null,
            mean: new Float64Array(1),
            variance: new Float64Array([-1]),
            epsilon: 0.5,
          },
          0,
        ),
      ],
      /"bn" has a variance/,
    ],
  ];
  for (const [what, specs, message] of refusals) {
    it(`with ${what} is refused, naming the layer`, () => {
      expect(() => makeGraph("bad", specs)).to.throw(ModelError, message);
    });
  }

  it("larger than a ciphertext could ever hold is refused", () => {
    expect(() =>
      makeGraph("big", [node("input", { op: "input", shape: [4096, 4096] }), node("s", { op: "square" }, 0)]),
    ).to.throw(ModelError, /16777216 numbers/);
  });
});
