import { compactReason } from "./compact-shape.ts";
import { checkBatch, checkEstimates, checkInputs, checkKeys, checkLayers, checkOutputs } from "./check-declarations.ts";
import { PlanError } from "./errors.ts";
import {
  equalScales,
  integerScale,
  multiplyScales,
  rescaled,
  ScaleSizeError,
  scaleToNumber,
  type ExactScale,
} from "./exact-scale.ts";
import type { ConstantId, Instruction, Plan, PlanConstant, ValueId } from "./plan.ts";
import type { ValueType } from "./value-type.ts";

/** A plan with the types of its values: proof that it was checked. */
export interface CheckedPlan {
  readonly plan: Plan;
  /** One an instruction. */
  readonly types: readonly ValueType[];
  /** Scale of each constant, as a double: what its values are multiplied by before they are rounded. */
  readonly constantScales: readonly number[];
}

/**
 * Derives the type of every value of a plan, and refuses the plan when anything does not fit: operands, levels, scales, constants or values that nobody
 * uses, keys it needs but does not list or lists but does not need, layouts out of range, estimates in bytes that are not exact.
 *
 * @param plan of the form its schema allows, with a validated parameter set
 * @throws PlanError with the first reason found
 */
export function typecheck(plan: Plan): CheckedPlan {
  checkInputs(plan);
  const checker = new Checker(plan);
  plan.instructions.forEach((instruction, index) => {
    checker.check(instruction, index);
  });
  const { types, constantScales } = checker.finish();
  checkOutputs(plan, types);
  checkBatch(plan);
  checkLayers(plan);
  checkKeys(plan, types);
  checkEstimates(plan, types);
  return { plan, types, constantScales };
}

/** Most primes one division takes off (docs/spec/hoisted-1.md, section 2). */
const MOST_DIVIDED = 15;

const HOISTED = new Set<Instruction["op"]>([
  "relineariseExt",
  "decompose",
  "rotateHoisted",
  "mulPlainExt",
  "addExt",
  "modDown",
]);

class Checker {
  readonly #plan: Plan;
  readonly #types: ValueType[] = [];
  readonly #uses: number[] = [];
  /** Values a `compact` consumed: it is their last use. */
  readonly #consumed = new Set<ValueId>();
  readonly #inputUses: number[];
  readonly #constantUses: number[];
  readonly #constantScales: (ExactScale | undefined)[];
  #index = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#inputUses = plan.inputs.map(() => 0);
    this.#constantUses = plan.constants.map(() => 0);
    this.#constantScales = plan.constants.map(() => undefined);
  }

  check(instruction: Instruction, index: number): void {
    this.#index = index;
    if (HOISTED.has(instruction.op) && this.#plan.semantics !== "hoisted-1") {
      this.#refuse(`is ${instruction.op}, which ${this.#plan.semantics} does not know`);
    }
    let type: ValueType;
    try {
      type = this.#derive(instruction);
    } catch (cause) {
      if (!(cause instanceof ScaleSizeError)) throw cause;
      this.#refuse("has a scale with too many digits");
    }
    if (type.form === "ciphertext") this.#fits(type);
    this.#types.push(type);
    this.#uses.push(0);
  }

  finish(): Pick<CheckedPlan, "types" | "constantScales"> {
    const { inputs, outputs, constants, params } = this.#plan;
    for (const { value } of outputs) {
      if (value >= this.#types.length) throw new PlanError(`an output is value ${value}, which is not there`);
      this.#uses[value]++;
    }
    const dead = this.#uses.indexOf(0);
    if (dead >= 0) throw new PlanError("defines a value nobody uses", { instruction: dead });
    const idle = this.#inputUses.findIndex((uses) => uses !== 1);
    if (idle >= 0)
      throw new PlanError(`input "${inputs[idle].name}" is read ${this.#inputUses[idle]} times instead of once`);
    const unused = this.#constantUses.indexOf(0);
    if (unused >= 0) throw new PlanError(`constant ${unused} of ${constants.length} is never used`);
    return { types: this.#types, constantScales: this.#constantScales.map((scale) => scaleToNumber(params, scale!)) };
  }

  #derive(instruction: Instruction): ValueType {
    switch (instruction.op) {
      case "input":
        return this.#input(instruction.input);
      case "add":
      case "sub":
      case "addExt":
        return this.#sum(instruction.op, this.#operand(instruction.a), this.#operand(instruction.b));
      case "mul":
        return this.#product(instruction.a, instruction.b);
      case "square":
        return this.#square(this.#ciphertext(instruction.a));
      case "relinearise":
        return this.#relinearise(this.#ciphertext(instruction.a));
      case "relineariseExt":
        return { ...this.#relinearise(this.#ciphertext(instruction.a)), basis: "QP" };
      case "negate":
        return this.#ciphertext(instruction.a);
      case "conjugate":
        return this.#linear(this.#ciphertext(instruction.a));
      case "rotate":
        this.#step(instruction.step);
        return this.#linear(this.#ciphertext(instruction.a));
      case "addPlain":
        return this.#addPlain(this.#ciphertext(instruction.a), instruction.constant);
      case "combine":
        return this.#combine(instruction.values, instruction.constants);
      case "mulPlain":
      case "mulScalar":
        return this.#multiply(
          this.#ciphertext(instruction.a),
          instruction.constant,
          instruction.op === "mulPlain" ? "plain" : "scalar",
          "Q",
        );
      case "mulPlainExt":
        return this.#multiply(this.#extended(instruction.a), instruction.constant, "plain", "QP");
      case "rescale":
        return this.#dropPrimes(this.#ciphertext(instruction.a), instruction.times, true);
      case "modSwitch":
        return this.#dropPrimes(this.#ciphertext(instruction.a), instruction.times, false);
      case "decompose":
        return this.#decompose(instruction.a);
      case "rotateHoisted":
        return this.#rotateHoisted(instruction);
      case "modDown":
        return { ...this.#dropPrimes(this.#extended(instruction.a), instruction.times, true), basis: "Q" };
      case "compact":
        return this.#compact(instruction);
    }
  }

  #input(index: number): ValueType {
    if (index >= this.#plan.inputs.length) this.#refuse(`reads input ${index}, which is not there`);
    this.#inputUses[index]++;
    const { level, scale } = this.#plan.inputs[index];
    return { form: "ciphertext", degree: 1, basis: "Q", level, scale: integerScale(this.#plan.params, scale) };
  }

  #sum(op: "add" | "sub" | "addExt", a: ValueType, b: ValueType): ValueType {
    if (a.form !== "ciphertext" || b.form !== "ciphertext") this.#refuse("adds what is no ciphertext");
    const basis = op === "addExt" ? "QP" : "Q";
    if (a.basis !== basis || b.basis !== basis) this.#refuse(`is ${op} on a value of another basis than ${basis}`);
    if (a.degree !== b.degree) this.#refuse(`adds values of degree ${a.degree} and ${b.degree}`);
    if (a.level !== b.level) this.#refuse(`adds values at level ${a.level} and level ${b.level}`);
    if (!equalScales(a.scale, b.scale)) this.#refuse("adds values of different scales");
    return a;
  }

  #product(left: ValueId, right: ValueId): ValueType {
    if (left === right) this.#refuse("multiplies a value by itself, which is a square");
    const a = this.#linear(this.#ciphertext(left));
    const b = this.#linear(this.#ciphertext(right));
    if (a.level !== b.level) this.#refuse(`multiplies values at level ${a.level} and level ${b.level}`);
    return { ...a, degree: 2, scale: multiplyScales(a.scale, b.scale) };
  }

  #square(a: ValueType): ValueType {
    return { ...this.#linear(a), degree: 2, scale: multiplyScales(a.scale, a.scale) };
  }

  #relinearise(a: ValueType): ValueType {
    if (a.degree !== 2) this.#refuse("relinearises a value of degree 1");
    return { ...a, degree: 1 };
  }

  #decompose(id: ValueId): ValueType {
    const type = this.#operand(id);
    if (type.form !== "ciphertext") this.#refuse(`decomposes value ${id}, which is ${type.form}`);
    return { ...this.#linear(type), form: "decomposed" };
  }

  #rotateHoisted({ a, step, ext }: Instruction & { readonly op: "rotateHoisted" }): ValueType {
    const type = this.#operand(a);
    if (type.form !== "decomposed") this.#refuse("rotates a value that was not decomposed");
    if (type.basis === "QP" && !ext) this.#refuse("takes digits of a value in the extended basis out of it");
    if (step === 0 && (type.basis === "QP" || !ext)) this.#refuse("rotates by nothing");
    this.#step(step);
    return { ...type, form: "ciphertext", basis: ext ? "QP" : "Q" };
  }

  #step(step: number): void {
    if (step >= this.#plan.params.n / 2) this.#refuse(`rotates by ${step} of ${this.#plan.params.n / 2} slots`);
  }

  #addPlain(type: ValueType, constant: ConstantId): ValueType {
    const kind = this.#plan.constants.at(constant)?.kind ?? "plain";
    const scale = this.#constant(constant, kind, "Q", type.level);
    if (!equalScales(scale, type.scale)) this.#refuse("adds a constant of another scale");
    return type;
  }

  #combine(values: readonly ValueId[], constants: readonly ConstantId[]): ValueType {
    if (values.length !== constants.length)
      this.#refuse(`combines ${values.length} values with ${constants.length} constants`);
    const [first, ...others] = values.map((value, k) =>
      this.#multiply(this.#ciphertext(value), constants[k], "scalar", "Q"),
    );
    return others.reduce((sum, product) => this.#sum("add", sum, product), first);
  }

  #multiply(
    type: ValueType,
    constant: ConstantId,
    kind: PlanConstant["kind"],
    basis: PlanConstant["basis"],
  ): ValueType {
    const scale = this.#constant(constant, kind, basis, type.level);
    return { ...type, scale: multiplyScales(type.scale, scale) };
  }

  /** The scale of a constant, which must be exactly what its use asks for. */
  #constant(id: ConstantId, kind: PlanConstant["kind"], basis: PlanConstant["basis"], level: number): ExactScale {
    if (id >= this.#plan.constants.length) this.#refuse(`uses constant ${id}, which is not there`);
    const constant = this.#plan.constants[id];
    if (constant.kind !== kind) this.#refuse(`uses constant ${id} as ${kind}, and it is ${constant.kind}`);
    if (constant.basis !== basis) this.#refuse(`uses constant ${id} in basis ${basis}, and it is in ${constant.basis}`);
    if (constant.level !== level)
      this.#refuse(`uses constant ${id} at level ${level}, and it is at level ${constant.level}`);
    this.#constantUses[id]++;
    this.#constantScales[id] ??=
      typeof constant.scale === "number"
        ? integerScale(this.#plan.params, constant.scale)
        : this.#type(constant.scale.like).scale;
    return this.#constantScales[id];
  }

  #dropPrimes(a: ValueType, times: number, rescale: boolean): ValueType {
    if (times >= a.level) this.#refuse(`drops ${times} primes at level ${a.level}`);
    const { semantics, params } = this.#plan;
    const divisor = times + (a.basis === "QP" ? params.special.length : 0);
    if (rescale && semantics === "hoisted-1" && divisor > MOST_DIVIDED)
      this.#refuse(`divides by ${divisor} primes at once, and ${MOST_DIVIDED} are the most`);
    return { ...a, level: a.level - times, scale: rescale ? rescaled(a.scale, a.level, times) : a.scale };
  }

  #compact({ a, ring, bits, period }: Instruction & { readonly op: "compact" }): ValueType {
    const type = this.#linear(this.#ciphertext(a));
    if (type.level !== 1) this.#refuse(`compacts a value at level ${type.level} instead of 1`);
    const reason = compactReason(this.#plan.params, { ring, bits, period });
    if (reason !== undefined) this.#refuse(`asks for a compact result that does not exist: ${reason}`);
    this.#consumed.add(a);
    return { ...type, form: "compact" };
  }

  #ciphertext(id: ValueId): ValueType {
    const type = this.#operand(id);
    if (type.form !== "ciphertext") this.#refuse(`works on value ${id}, which is ${type.form}`);
    if (type.basis !== "Q") this.#refuse(`works on value ${id}, which is in the extended basis`);
    return type;
  }

  #extended(id: ValueId): ValueType {
    const type = this.#operand(id);
    if (type.form !== "ciphertext" || type.basis !== "QP")
      this.#refuse(`works on value ${id}, which is not in the extended basis`);
    return type;
  }

  #linear(type: ValueType): ValueType {
    if (type.degree !== 1) this.#refuse("works on a value that was not relinearised");
    return type;
  }

  #operand(id: ValueId): ValueType {
    const type = this.#type(id);
    if (this.#consumed.has(id)) this.#refuse(`uses value ${id} after it was made a compact result`);
    this.#uses[id]++;
    return type;
  }

  #type(id: ValueId): ValueType {
    if (id >= this.#types.length) this.#refuse(`uses value ${id} before it is defined`);
    return this.#types[id];
  }

  /** A scale as large as the modulus leaves no room for any value; SEAL refuses it. In the extended basis a value is P times as large, and so is the modulus. */
  #fits({ level, scale }: ValueType): void {
    const { params } = this.#plan;
    const bits = Math.log2(scaleToNumber(params, scale));
    const room = params.data.slice(0, level).reduce((sum, prime) => sum + Math.log2(prime), 0);
    if (!(bits >= 0 && bits < room))
      this.#refuse(`has a scale of ${bits.toFixed(1)} bits under a modulus of ${room.toFixed(1)}`);
  }

  #refuse(reason: string): never {
    throw new PlanError(reason, { instruction: this.#index });
  }
}
