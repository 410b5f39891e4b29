/** All figures of one compiled model, as the terminal, the JSON and the HTML report show them. */
import type { Bytes32 } from "../../digest/hex.ts";
import type { KeyNeed } from "../../fhe/ckks/key-need.ts";
import type { ParameterSet } from "../../fhe/ckks/parameters.ts";
import { fromDecimal } from "../../fhe/plan/decimal.ts";
import { estimateMilliseconds } from "../../fhe/plan/estimate.ts";
import { keyBytes } from "../../fhe/plan/bytes.ts";
import { planDigest } from "../../fhe/plan/canonical.ts";
import { exceedsDrop } from "../../fhe/plan/fit/accuracy.ts";
import { operandsOf } from "../../fhe/plan/operands.ts";
import type { Plan } from "../../fhe/plan/plan.ts";
import type { CompileReport, LayerReport } from "../../fhe/plan/report.ts";
import type { CheckedPlan } from "../../fhe/plan/typecheck.ts";
import { conjugationElement, galoisElement } from "../../fhe/ring/automorphism.ts";
import type { Calibration } from "./calibrate.ts";
import { estimateGas, type GasEstimate } from "./gas.ts";

/** A layer with what comes before it. */
export interface LayerFigures extends LayerReport {
  /** Levels used up once it is done. */
  readonly depth: number;
}

/** One key a user makes and sends. */
export interface KeyFigures {
  readonly name: string;
  /** Galois element, or degree of the small ring; undefined where there is none. */
  readonly element: number | undefined;
  /** Slots the key rotates by, where it is a rotation's. */
  readonly step: number | undefined;
  readonly level: number | undefined;
  readonly bytes: number;
}

/** Consecutive instructions of one layer that read values of one level. */
export interface Tread {
  /** Index of the layer, −1 for the input. */
  readonly layer: number;
  readonly level: number;
  readonly instructions: number;
  readonly milliseconds: number;
}

export interface ModelFigures {
  readonly digest: Bytes32;
  readonly plan: Plan;
  readonly report: CompileReport;
  readonly layers: readonly LayerFigures[];
  readonly depth: number;
  readonly keys: readonly KeyFigures[];
  readonly treads: readonly Tread[];
  readonly bytes: Readonly<Record<"keys" | "input" | "result" | "package", number>>;
  /** Milliseconds: the estimate for the reference machine, and the mean measured here, if it was. */
  readonly milliseconds: { readonly estimated: number; readonly measured: number | undefined };
  readonly gas: GasEstimate;
  readonly errorBound: number;
  readonly calibration: Calibration;
  /** Largest share of right answers that may be lost. */
  readonly maxDrop: number;
  /** Why the model is refused; undefined when it is not. */
  readonly refusal: string | undefined;
}

/** Puts the figures together. */
export function modelFigures(
  checked: CheckedPlan,
  report: CompileReport,
  calibration: Calibration,
  maxDrop: number,
): ModelFigures {
  const { plan } = checked;
  const { estimates } = plan;
  const top = report.layers.length === 0 ? 0 : report.layers[0].levels[0];
  const layers = report.layers.map((layer) => ({ ...layer, depth: top - layer.levels[1] }));
  return {
    digest: planDigest(plan),
    plan,
    report,
    layers,
    depth: layers.reduce((most, { depth }) => Math.max(most, depth), 0),
    keys: keyFigures(plan),
    treads: treadsOf(checked),
    bytes: {
      keys: estimates.keyBytes,
      input: estimates.inputBytes,
      result: estimates.resultBytes,
      package: report.constantBytes,
    },
    milliseconds: { estimated: estimates.milliseconds, measured: calibration.milliseconds },
    gas: estimateGas(estimates.resultBytes),
    errorBound: fromDecimal(estimates.errorBound),
    calibration,
    maxDrop,
    refusal: refusalOf(calibration, maxDrop),
  };
}

/** Why accuracy is not what the owner asked for; undefined when it is. */
export function refusalOf(
  { plain, clear, encrypted }: Pick<Calibration, "plain" | "clear" | "encrypted">,
  maxDrop: number,
): string | undefined {
  const judged = [
    { lost: plain.right - clear.right, of: clear.of, where: "in the plan, without encryption" },
    ...(encrypted === undefined
      ? []
      : [{ lost: encrypted.plain - encrypted.right, of: encrypted.of, where: "under encryption" }]),
  ];
  const beyond = judged.find(({ lost, of }) => exceedsDrop(lost / of, maxDrop));
  if (beyond === undefined) return undefined;
  const { lost, of, where } = beyond;
  return `${lost} of ${of} answers the model gets right are wrong ${where}: a drop of ${(lost / of).toFixed(4)}, and at most ${maxDrop} was allowed`;
}

/** The keys in the order of a pack. */
function keyFigures({ params, keys }: Plan): KeyFigures[] {
  const steps = stepsByElement(params.n);
  return keys.map((key) => {
    const bytes = bytesOf(params, key);
    switch (key.kind) {
      case "galois": {
        const { element, level } = key;
        const name = element === conjugationElement(params.n) ? "Conjugation" : "Rotation";
        return { name, element, step: steps.get(element), level, bytes };
      }
      case "relin":
        return { name: "Relinearisation", element: undefined, step: undefined, level: key.level, bytes };
      case "switch":
        return { name: "Switch to the small ring", element: key.ring, step: undefined, level: undefined, bytes };
      case "compactPublic":
        return { name: "Compact public key", element: key.ring, step: undefined, level: undefined, bytes };
      case "batchPublic":
        return { name: "Batch public key", element: key.ring, step: undefined, level: undefined, bytes };
    }
  });
}

/** What one more key adds to a pack: its row of the table and its body. */
function bytesOf(params: ParameterSet, key: KeyNeed): number {
  return keyBytes({ params, keys: [key, key] }) - keyBytes({ params, keys: [key] });
}

function stepsByElement(n: number): Map<number, number> {
  const steps = new Map<number, number>();
  const first = galoisElement(1, n);
  for (let step = 1, element = first; step < n / 2; step++, element = (element * first) % (2 * n))
    steps.set(element, step);
  return steps;
}

/** The plan as a staircase: what follows each other in one layer at one level is one tread. */
function treadsOf(checked: CheckedPlan): Tread[] {
  const { plan, types } = checked;
  const treads: Tread[] = [];
  for (let id = 0; id < types.length; id++) {
    const layer = plan.layers.findIndex(({ from, to }) => id >= from && id < to);
    // What an instruction costs goes with the level it reads at: a rescale still works on the level it leaves.
    const { level } = types[operandsOf(plan.instructions[id]).at(0) ?? id];
    const milliseconds = estimateMilliseconds(checked, id, id + 1);
    const last = treads.at(-1);
    if (last !== undefined && last.layer === layer && last.level === level) {
      treads[treads.length - 1] = {
        ...last,
        instructions: last.instructions + 1,
        milliseconds: last.milliseconds + milliseconds,
      };
    } else treads.push({ layer, level, instructions: 1, milliseconds });
  }
  return treads;
}
