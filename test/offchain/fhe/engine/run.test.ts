import { expect } from "chai";
import type { Evaluator } from "../../../../offchain/fhe/engine/engine.ts";
import { runPlan } from "../../../../offchain/fhe/engine/run.ts";
import type { Instruction, Plan } from "../../../../offchain/fhe/plan/plan.ts";
import { params } from "../ckks/fixtures.ts";

/** An engine whose values are the formulas they stand for, and which keeps count of what is alive. */
class Formulas implements Evaluator<{ text: string }> {
  readonly alive = new Set<object>();
  most = 0;
  readonly hoisted: NonNullable<Evaluator<{ text: string }>["hoisted"]> = {
    relineariseExt: (a) => this.make(`relinExt(${this.read(a)})`),
    decompose: (a) => this.make(`decompose(${this.read(a)})`),
    rotateHoisted: (a, step, ext) => this.make(`hoisted(${this.read(a)},${step},${String(ext)})`),
    mulPlainExt: (a, constant) => this.make(`ext(${this.read(a)},p${constant})`),
    addExt: (a, b) => this.make(`${this.read(a)}+ext ${this.read(b)}`),
    modDown: (a, times) => this.make(`down(${this.read(a)},${times})`),
  };

  make(text: string): { text: string } {
    const value = { text };
    this.alive.add(value);
    this.most = Math.max(this.most, this.alive.size);
    return value;
  }

  read(value: { text: string }): string {
    if (!this.alive.has(value)) throw new Error("a value was used after it was disposed");
    return value.text;
  }

  add = (a: { text: string }, b: { text: string }) => this.make(`(${this.read(a)}+${this.read(b)})`);
  sub = (a: { text: string }, b: { text: string }) => this.make(`(${this.read(a)}-${this.read(b)})`);
  mul = (a: { text: string }, b: { text: string }) => this.make(`${this.read(a)}·${this.read(b)}`);
  negate = (a: { text: string }) => this.make(`-${this.read(a)}`);
  square = (a: { text: string }) => this.make(`${this.read(a)}²`);
  relinearise = (a: { text: string }) => this.make(`relin(${this.read(a)})`);
  conjugate = (a: { text: string }) => this.make(`conj(${this.read(a)})`);
  addPlain = (a: { text: string }, constant: number) => this.make(`(${this.read(a)}+p${constant})`);
  mulPlain = (a: { text: string }, constant: number) => this.make(`${this.read(a)}·p${constant}`);
  mulScalar = (a: { text: string }, constant: number) => this.make(`${this.read(a)}·s${constant}`);
  rescale = (a: { text: string }, times: number) => this.make(`rescale(${this.read(a)},${times})`);
  modSwitch = (a: { text: string }, times: number) => this.make(`drop(${this.read(a)},${times})`);
  rotate = (a: { text: string }, step: number) => this.make(`rot(${this.read(a)},${step})`);

  dispose(value: { text: string }): void {
    if (!this.alive.delete(value)) throw new Error("a value was disposed twice");
  }
}

function planOf(instructions: readonly Instruction[], outputs: readonly number[]): Plan {
  return {
    version: 1,
    semantics: "hoisted-1",
    compiler: "by hand",
    model: "test",
    params,
    inputs: [],
    constants: [],
    instructions,
    outputs: outputs.map((value) => ({
      name: `y${value}`,
      value,
      layout: { period: 1, slots: [0] },
      bound: "1",
      finish: "none",
      labels: [],
    })),
    keys: [],
    layers: [],
    estimates: { keyBytes: 0, inputBytes: 0, resultBytes: 0, errorBound: "1", milliseconds: 0 },
  };
}

function portsOf(engine: Formulas): Parameters<typeof runPlan<{ text: string }, string>>[2] {
  return {
    input: (index) => engine.make(`x${index}`),
    output: (value) => engine.read(value),
    compact: (value, { period }, index) => `compact${index}(${engine.read(value)},${period})`,
  };
}

const every: readonly Instruction[] = [
  { op: "input", input: 0 },
  { op: "input", input: 1 },
  { op: "add", a: 0, b: 1 },
  { op: "sub", a: 2, b: 1 },
  { op: "mul", a: 3, b: 0 },
  { op: "relinearise", a: 4 },
  { op: "rescale", a: 5, times: 2 },
  { op: "square", a: 6 },
  { op: "negate", a: 7 },
  { op: "conjugate", a: 8 },
  { op: "addPlain", a: 9, constant: 3 },
  { op: "mulPlain", a: 10, constant: 4 },
  { op: "mulScalar", a: 11, constant: 5 },
  { op: "modSwitch", a: 12, times: 1 },
  { op: "rotate", a: 13, step: 7 },
  { op: "decompose", a: 14 },
  { op: "rotateHoisted", a: 15, step: 2, ext: true },
  { op: "rotateHoisted", a: 15, step: 3, ext: true },
  { op: "mulPlainExt", a: 16, constant: 6 },
  { op: "addExt", a: 18, b: 17 },
  { op: "modDown", a: 19, times: 0 },
  { op: "square", a: 20 },
  { op: "relineariseExt", a: 21 },
  { op: "modDown", a: 22, times: 1 },
  { op: "compact", a: 23, ring: 1024, bits: 16, period: 8 },
];

describe("a run", () => {
  it("executes every instruction with its operands, in order", async () => {
    const engine = new Formulas();
    const outputs = await runPlan(planOf(every, [14, 24]), engine, portsOf(engine));
    const rotated = "rot(drop((conj(-rescale(relin(((x0+x1)-x1)·x0),2)²)+p3)·p4·s5,1),7)";
    expect(outputs[0]).to.equal(rotated);
    const digits = `decompose(${rotated})`;
    const sum = `ext(hoisted(${digits},2,true),p6)+ext hoisted(${digits},3,true)`;
    expect(outputs[1]).to.equal(`compact1(down(relinExt(down(${sum},0)²),1),8)`);
  });

  it("keeps a value only until its last use", async () => {
    const engine = new Formulas();
    await runPlan(planOf(every, [21]), engine, portsOf(engine));
    expect(engine.alive.size).to.equal(0);
    // x0, which the product still needs, x1, their sum, and the difference that is being made.
    expect(engine.most).to.equal(4);
  });

  it("returns outputs in the plan's order, also when a later instruction makes the first", async () => {
    const engine = new Formulas();
    const instructions: Instruction[] = [
      { op: "input", input: 0 },
      { op: "negate", a: 0 },
      { op: "square", a: 0 },
    ];
    expect(await runPlan(planOf(instructions, [2, 1]), engine, portsOf(engine))).to.deep.equal(["x0²", "-x0"]);
  });

  it("frees everything when an instruction fails, and when it is cancelled", async () => {
    const failing = new Formulas();
    failing.square = () => {
      throw new Error("no squares today");
    };
    const failure = await runPlan(planOf(every, [21]), failing, portsOf(failing)).catch((error: unknown) => error);
    expect(failure).to.have.property("message", "no squares today");
    expect(failing.alive.size).to.equal(0);

    const cancelled = new Formulas();
    const controller = new AbortController();
    const seen: number[] = [];
    const reason = await runPlan(planOf(every, [21]), cancelled, portsOf(cancelled), {
      signal: controller.signal,
      onProgress(done) {
        seen.push(done);
        if (done === 6) controller.abort(new Error("enough"));
      },
    }).catch((error: unknown) => error);
    expect(reason).to.have.property("message", "enough");
    expect(seen).to.deep.equal([1, 2, 3, 4, 5, 6]);
    expect(cancelled.alive.size).to.equal(0);
  });

  it("says so when the engine does not hoist", async () => {
    const engine = new Formulas();
    const flat: Evaluator<{ text: string }> = Object.assign(Object.create(engine) as Formulas, { hoisted: undefined });
    const run = runPlan(planOf(every, [21]), flat, portsOf(engine));
    expect(await run.catch((error: unknown) => error)).to.have.property("code", "ENGINE_UNSUPPORTED");
    expect(engine.alive.size).to.equal(0);
  });
});
