/** The functions of the WebAssembly module (assembly/), on addresses in its memory. What each does is said there. */
export interface WasmExports extends WebAssembly.Exports {
  forward(data: number, source: number, wide: number, n: number, prime: number, exact: number): void;
  forwardCentred(
    data: number,
    source: number,
    half: number,
    complement: number,
    wide: number,
    n: number,
    prime: number,
  ): void;
  forwardTurned(
    data: number,
    source: number,
    element: number,
    complement: number,
    wide: number,
    n: number,
    prime: number,
  ): void;
  inverse(data: number, source: number, n: number, prime: number, scale: number): void;
  accumulate(out0: number, out1: number, terms: number, count: number, n: number, prime: number, lazy: number): void;
  combine(out: number, sources: number, count: number, n: number, prime: number, exact: number): void;
  add(out: number, a: number, b: number, n: number, prime: number): void;
  sub(out: number, a: number, b: number, n: number, prime: number): void;
  negate(out: number, a: number, n: number, prime: number): void;
  addScalar(out: number, a: number, s: number, n: number, prime: number): void;
  scale(out: number, a: number, w: number, shoup: number, n: number, prime: number): void;
  scaleAdd(out: number, a: number, w: number, shoup: number, b: number, n: number, prime: number): void;
  divide(out: number, a: number, t: number, w: number, shoup: number, addend: number, n: number, prime: number): void;
  multiply(out: number, a: number, b: number, n: number, prime: number): void;
  tensor(
    out0: number,
    out1: number,
    out2: number,
    a0: number,
    a1: number,
    b0: number,
    b1: number,
    n: number,
    prime: number,
  ): void;
  isCanonical(a: number, n: number, prime: number): number;
  quotient(out: number, sources: number, count: number, n: number): void;
  permute(out: number, a: number, table: number, n: number): void;
  copy(out: number, a: number, n: number): void;
  clear(out: number, n: number): void;
  squeeze(state: number, out0: number, out1: number, blocks: number): void;
  accept(out: number, most: number, source: number, count: number, q: number, mask: number): number;
}

/** What can be done by any thread and answers nothing; a command names one by its place here. */
export const CALLS = [
  "forward",
  "forwardCentred",
  "forwardTurned",
  "inverse",
  "accumulate",
  "combine",
  "add",
  "sub",
  "negate",
  "addScalar",
  "scale",
  "scaleAdd",
  "divide",
  "multiply",
  "tensor",
  "quotient",
  "permute",
  "copy",
  "clear",
] as const;

export type CallName = (typeof CALLS)[number];

/** The functions of `CALLS`. */
export type Calls = Pick<WasmExports, CallName>;
