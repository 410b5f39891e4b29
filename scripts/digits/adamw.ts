/** Settings of the optimiser; the names are those of the paper. */
export interface AdamWSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Shrinkage per step relative to the learning rate, on decayed parameters only. */
  readonly weightDecay: number;
  /** The longest gradient, over all parameters together, that is taken as it is; longer ones are scaled down to it. */
  readonly clipNorm: number;
}

/** One trained array: the optimiser changes `values` in place. */
export interface Parameter {
  readonly values: Float32Array;
  /** Kernels decay; biases do not. */
  readonly decays: boolean;
}

/**
 * Adam with decoupled weight decay (Loshchilov & Hutter, "Decoupled Weight Decay Regularization", algorithm 2) and the
 * gradient clipped by its global norm first. TensorFlow.js has Adam only with decay left out.
 */
export class AdamW {
  readonly #parameters: readonly Parameter[];
  readonly #settings: AdamWSettings;
  readonly #first: Float64Array[];
  readonly #second: Float64Array[];
  #step = 0;

  /**
   * @param parameters the arrays to train
   * @param settings see {@link AdamWSettings}
   */
  constructor(parameters: readonly Parameter[], settings: AdamWSettings) {
    this.#parameters = parameters;
    this.#settings = settings;
    this.#first = parameters.map(({ values }) => new Float64Array(values.length));
    this.#second = parameters.map(({ values }) => new Float64Array(values.length));
  }

  /**
   * Takes one step downhill.
   *
   * @param gradients one array a parameter, in the order and with the lengths given to the constructor
   * @param rate learning rate of this step
   */
  apply(gradients: readonly ArrayLike<number>[], rate: number): void {
    const { beta1, beta2, epsilon, weightDecay, clipNorm } = this.#settings;
    this.#step++;
    const clip = Math.min(1, clipNorm / (globalNorm(gradients) + 1e-12));
    const correction1 = 1 - beta1 ** this.#step;
    const correction2 = 1 - beta2 ** this.#step;
    for (const [p, { values, decays }] of this.#parameters.entries()) {
      const gradient = gradients[p];
      const first = this.#first[p];
      const second = this.#second[p];
      const keep = decays ? 1 - rate * weightDecay : 1;
      for (let i = 0; i < values.length; i++) {
        const g = gradient[i] * clip;
        first[i] = beta1 * first[i] + (1 - beta1) * g;
        second[i] = beta2 * second[i] + (1 - beta2) * g * g;
        const direction = first[i] / correction1 / (Math.sqrt(second[i] / correction2) + epsilon);
        values[i] = keep * values[i] - rate * direction;
      }
    }
  }
}

/** Euclidean length of all gradients together. */
function globalNorm(gradients: readonly ArrayLike<number>[]): number {
  let sum = 0;
  for (const gradient of gradients) {
    for (let i = 0; i < gradient.length; i++) sum += gradient[i] * gradient[i];
  }
  return Math.sqrt(sum);
}

/**
 * A learning rate that rises in a straight line over the warm-up and then falls to zero along half a cosine.
 *
 * @param step 0 … steps − 1
 * @param steps all of them
 * @param warmup how many of them rise
 * @param peak the highest rate
 */
export function cosineRate(step: number, steps: number, warmup: number, peak: number): number {
  if (step < warmup) return (peak * (step + 1)) / warmup;
  return (peak * (1 + Math.cos((Math.PI * (step - warmup)) / Math.max(1, steps - warmup)))) / 2;
}
