/**
 * The error of a plan's outputs, and a bound on it.
 *
 * Errors that are multiplied by a secret or a key (the second component's rounding times s, digits times key errors) are not equal in all slots: given the key their
 * variance in slot i goes with |s(ζ_i)|² or |e(ζ_i)|², which over keys is exponentially distributed. Their sums are bounded by the sub-gamma tail Σa + √(2xΣa²) + x·max a (Boucheron,
 * Lugosi, Massart, "Concentration Inequalities", 2013, section 2.4) at x = 18, the confidence of six standard deviations.
 */
import type { Plan } from "./plan.ts";
import type { SlotVector } from "./program.ts";
import { traceNoise, type NoiseTrace } from "./noise-trace.ts";
import { runSlots } from "./run-slots.ts";
import type { CheckedPlan } from "./typecheck.ts";

/** Standard deviations a bound stands for. */
const BOUND_SIGMAS = 6;

/** Variances of one output, in units of the values squared, by where they come from. */
export interface NoiseBudget {
  readonly encryption: number;
  readonly keySwitch: number;
  /** Of rescales and of the divisions that end key switches. */
  readonly rounding: number;
  readonly plaintext: number;
  readonly compact: number;
}

/** Numbers of a plan's outputs traced at most, but for one of each; of more, as many spread evenly. */
const MAX_TRACED = 64;

/** The numbers of the outputs that are traced, by output and index. */
export function tracedNumbers({
  outputs,
}: Pick<Plan, "outputs">): { readonly output: number; readonly index: number }[] {
  const stride = Math.ceil(outputs.reduce((sum, { layout }) => sum + layout.slots.length, 0) / MAX_TRACED);
  return outputs.flatMap(({ layout }, output) =>
    Array.from({ length: Math.ceil(layout.slots.length / stride) }, (_, k) => ({ output, index: k * stride })),
  );
}

/**
 * Traces the numbers of every output over some inputs.
 *
 * @param vectors slot values of the plan's constants, in order
 * @param inputs slot values of the plan's one input, N/2 each
 */
export function traceOutputs(
  checked: CheckedPlan,
  vectors: readonly SlotVector[],
  inputs: readonly Float64Array[],
): NoiseTrace[] {
  const traces: NoiseTrace[] = [];
  const spare: Float64Array[] = [];
  for (const input of inputs) {
    const values = runSlots(checked.plan, vectors, [input]);
    for (const number of tracedNumbers(checked.plan))
      traces.push(traceNoise(checked, vectors, { values, ...number }, spare));
  }
  return traces;
}

/**
 * The largest budget of any trace.
 *
 * @param spread of digits, by the plan's semantics: `spreadOf`
 * @param origin slot of the traces' plan that is slot 0 of the plan meant; see `choose-origin.ts`
 */
export function worstBudget(traces: readonly NoiseTrace[], spread: Float64Array, origin = 0): NoiseBudget {
  const budgets = traces.map((trace) => budgetOf(trace, spread, origin));
  return budgets.reduce((worst, budget) => (totalVariance(budget) > totalVariance(worst) ? budget : worst));
}

/** Sum of a budget's variances. */
function totalVariance(budget: NoiseBudget): number {
  return budget.encryption + budget.keySwitch + budget.rounding + budget.plaintext + budget.compact;
}

/** The bound a budget stands for: six standard deviations, in units of the values. */
export function errorBound(budget: NoiseBudget): number {
  return BOUND_SIGMAS * Math.sqrt(totalVariance(budget));
}

function budgetOf(trace: NoiseTrace, spread: Float64Array, origin: number): NoiseBudget {
  const keys = new Tail();
  for (const { weights, digits } of trace.keys.values()) {
    for (let i = 0; i < weights.length; i++) keys.add(weights[(i + origin) & (weights.length - 1)] * spread[i], digits);
  }
  const rounding = new Tail();
  const squares = new Tail();
  for (const weight of trace.secretRounding) rounding.add(weight, 1);
  for (const weight of trace.secretSquareRounding) squares.add(weight, 1);
  return {
    encryption: trace.encryption,
    keySwitch: keys.bound(),
    rounding: trace.rounding + rounding.bound() + squares.bound(),
    plaintext: trace.plaintext,
    compact: trace.compact,
  };
}

/** Bound on Σ a_i·E_i, each E_i the mean of some exponential variables of mean 1, at the confidence of six standard deviations. */
class Tail {
  #sum = 0;
  #squares = 0;
  #largest = 0;

  add(weight: number, variables: number): void {
    this.#sum += weight;
    this.#squares += (weight * weight) / variables;
    this.#largest = Math.max(this.#largest, weight / variables);
  }

  bound(): number {
    const x = BOUND_SIGMAS ** 2 / 2;
    return this.#sum + Math.sqrt(2 * x * this.#squares) + x * this.#largest;
  }
}

/** How the digits of a semantics are spread over slots: evenly where they are centred, as in hoisted-1. */
export function spreadOf({ semantics, params }: Pick<Plan, "semantics" | "params">): Float64Array {
  return semantics === "seal-4.1" ? digitSpread(params.n) : new Float64Array(params.n / 2).fill(1 / 12);
}

const spreads = new Map<number, Float64Array>();

/**
 * E|d(ζ_i)|²/(q²·N) for a digit d whose coefficients are uniform in [0, q), as SEAL lifts them: (N/12 + |1/(1 − ζ_i)|²)/N. The first part is from their spread. The second is
 * from their mean, q/2: the polynomial 1 + X + … + X^(N−1) is 2/(1 − ζ) at a root, and large where the root is near 1: a key switch errs a hundred times more in slot 0 than in
 * most, thirty times more in slot 1.
 *
 * @param n ring degree
 * @returns one number a slot
 */
export function digitSpread(n: number): Float64Array {
  let spread = spreads.get(n);
  if (spread === undefined) {
    spread = new Float64Array(n / 2);
    for (let i = 0, exponent = 1; i < spread.length; i++, exponent = (exponent * 3) % (2 * n)) {
      const distance = 4 * Math.sin((Math.PI * exponent) / (2 * n)) ** 2;
      spread[i] = (n / 12 + 1 / distance) / n;
    }
    spreads.set(n, spread);
  }
  return spread;
}
