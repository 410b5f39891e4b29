/** Activations that are no polynomials: what they compute, exactly. Polynomials take their place before a model is compiled (`../plan/fit`). */

/** Activations without settings. */
export const PLAIN_ACTIVATIONS = [
  "relu",
  "selu",
  "sigmoid",
  "hardSigmoid",
  "tanh",
  "softplus",
  "softsign",
  "swish",
  "gelu",
  "geluTanh",
  "mish",
] as const;

export type PlainActivation = (typeof PLAIN_ACTIVATIONS)[number];

export type Activation =
  | { readonly kind: PlainActivation }
  /** max(0, x), at most `max`. */
  | { readonly kind: "clippedRelu"; readonly max: number }
  /** x, or slope·x below zero. */
  | { readonly kind: "leakyRelu"; readonly slope: number }
  /** x, or alpha·(eˣ − 1) below zero. */
  | { readonly kind: "elu"; readonly alpha: number };

/** Constants of SELU (Klambauer and others, "Self-Normalizing Neural Networks", 2017, equation 2). */
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** What an activation does to a number. */
export function activationFunction(activation: Activation): (x: number) => number {
  switch (activation.kind) {
    case "relu":
      return (x) => Math.max(0, x);
    case "clippedRelu":
      return (x) => Math.min(activation.max, Math.max(0, x));
    case "leakyRelu":
      return (x) => (x < 0 ? activation.slope * x : x);
    case "elu":
      return (x) => (x < 0 ? activation.alpha * Math.expm1(x) : x);
    case "selu":
      return (x) => SELU_SCALE * (x < 0 ? SELU_ALPHA * Math.expm1(x) : x);
    case "sigmoid":
      return sigmoid;
    case "hardSigmoid":
      return (x) => Math.min(1, Math.max(0, 0.2 * x + 0.5));
    case "tanh":
      return Math.tanh;
    case "softplus":
      return softplus;
    case "softsign":
      return (x) => x / (1 + Math.abs(x));
    case "swish":
      return (x) => x * sigmoid(x);
    case "gelu":
      return (x) => (x / 2) * (1 + erf(x / Math.SQRT2));
    case "geluTanh":
      return (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
    case "mish":
      return (x) => x * Math.tanh(softplus(x));
  }
}

/** An activation as people write it, e.g. `leakyRelu(0.2)`. */
export function activationName(activation: Activation): string {
  switch (activation.kind) {
    case "clippedRelu":
      return `clippedRelu(${activation.max})`;
    case "leakyRelu":
      return `leakyRelu(${activation.slope})`;
    case "elu":
      return activation.alpha === 1 ? "elu" : `elu(${activation.alpha})`;
    default:
      return activation.kind;
  }
}

function sigmoid(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}

function softplus(x: number): number {
  return Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** Terms after which the series below have converged to double precision. */
const ERF_TERMS = 80;

/**
 * The error function: its series (Abramowitz and Stegun 7.1.6) up to 3, the continued fraction of its complement (7.1.14) beyond.
 */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  if (size > 3) {
    let fraction = 0;
    for (let k = ERF_TERMS; k >= 1; k--) fraction = k / 2 / (size + fraction);
    return Math.sign(x) * (1 - Math.exp(-size * size) / (Math.sqrt(Math.PI) * (size + fraction)));
  }
  let term = size;
  let sum = size;
  for (let k = 1; k <= ERF_TERMS; k++) {
    term *= (2 * size * size) / (2 * k + 1);
    sum += term;
  }
  return (Math.sign(x) * 2 * Math.exp(-size * size) * sum) / Math.sqrt(Math.PI);
}
