/** Sums, differences and products limb by limb. */
import { mulMod } from "../ring/modular.ts";
import { checkForm, checkHome, checkShapes } from "./check.ts";
import type { Context } from "./context.ts";
import { KernelUseError } from "./errors.ts";
import { Ciphertext, type Plaintext } from "./handles.ts";
import type { Prime } from "./machine.ts";
import { shoup } from "./shoup.ts";
import type { Hand } from "./threads/hand.ts";
import { LIST_WORDS } from "./threads/team.ts";

/** Most terms one sum of products may have. */
const MOST_TERMS = LIST_WORDS / 3;

/** Residues of a limb that several sums of products take at a time: theirs stay in the caches near the core. */
const SLICE = 1024;

/**
 * Terms of a sum of scaled polynomials taken in one pass. Polynomials lie a power of two apart, so that their residues of one index share a set of the cache nearest the core: of more terms than it has ways, each
 * pushes out the others.
 */
const TERMS_AT_ONCE = 11;

/** A new ciphertext for the same primes, of the same owner. */
export function like(context: Context, a: Ciphertext, components = a.components): Ciphertext {
  return new Ciphertext(context.machine, a.owner, components, a.level, a.extended ? context.specials : 0);
}

/** Several of them, or none: what was taken is given back when there is no room for all. */
function severalLike(context: Context, a: Ciphertext, count: number): Ciphertext[] {
  const results: Ciphertext[] = [];
  try {
    while (results.length < count) results.push(like(context, a));
    return results;
  } catch (error) {
    for (const result of results) result.dispose();
    throw error;
  }
}

/** Has every prime of a ciphertext worked on, by one of the team each. */
export function eachLimb(
  context: Context,
  a: Ciphertext,
  visit: (limb: number, prime: Prime, hand: Hand) => void,
): void {
  context.machine.team.share(a.limbs, (limb, hand) => {
    visit(limb, context.prime(a.level, limb), hand);
  });
}

/** a + b or a − b; a component only one of them has counts as zero in the other. */
export function combineSum(context: Context, a: Ciphertext, b: Ciphertext, sign: 1 | -1): Ciphertext {
  checkHome(context, a, b);
  checkShapes(a, b);
  const { n } = context.machine;
  const result = like(context, a, Math.max(a.components, b.components));
  eachLimb(context, result, (limb, { address }, { wasm }) => {
    for (let c = 0; c < result.components; c++) {
      const out = result.at(c, limb);
      if (c >= b.components) wasm.copy(out, a.at(c, limb), n);
      else if (c < a.components && sign === 1) wasm.add(out, a.at(c, limb), b.at(c, limb), n, address);
      else if (c < a.components) wasm.sub(out, a.at(c, limb), b.at(c, limb), n, address);
      else if (sign === 1) wasm.copy(out, b.at(c, limb), n);
      else wasm.negate(out, b.at(c, limb), n, address);
    }
  });
  return result;
}

/** −a. */
export function negate(context: Context, a: Ciphertext): Ciphertext {
  checkHome(context, a);
  const result = like(context, a);
  eachLimb(context, a, (limb, { address }, { wasm }) => {
    for (let c = 0; c < a.components; c++) {
      wasm.negate(result.at(c, limb), a.at(c, limb), context.machine.n, address);
    }
  });
  return result;
}

/** a + plaintext. */
export function addPlain(context: Context, a: Ciphertext, plain: Plaintext): Ciphertext {
  checkHome(context, a, plain);
  checkShapes(a, plain);
  const { n } = context.machine;
  const result = like(context, a);
  eachLimb(context, a, (limb, { address, rInverse }, { wasm }) => {
    const out = result.at(0, limb);
    wasm.scaleAdd(out, plain.at(limb), rInverse.w, rInverse.shoup, a.at(0, limb), n, address);
    for (let c = 1; c < a.components; c++) wasm.copy(result.at(c, limb), a.at(c, limb), n);
  });
  return result;
}

/** a · plaintext. */
export function mulPlain(context: Context, a: Ciphertext, plain: Plaintext): Ciphertext {
  checkHome(context, a, plain);
  checkShapes(a, plain);
  const result = like(context, a);
  eachLimb(context, a, (limb, { address }, { wasm }) => {
    for (let c = 0; c < a.components; c++) {
      wasm.multiply(result.at(c, limb), a.at(c, limb), plain.at(limb), context.machine.n, address);
    }
  });
  return result;
}

/** A product in a sum. */
export interface PlainTerm {
  readonly value: Ciphertext;
  readonly plain: Plaintext;
}

/**
 * Σ a·plaintext for each list of terms, with one reduction for all terms of a list. Lists may share ciphertexts: all sums take
 * their share of a slice of residues before any goes on to the next, so that shared ones are read from memory once.
 */
export function sumsOfPlainProducts(context: Context, sums: readonly (readonly PlainTerm[])[]): Ciphertext[] {
  if (sums.length === 0) return [];
  checkTerms(sums[0].length);
  const shape = sums[0][0].value;
  for (const terms of sums) {
    checkTerms(terms.length);
    for (const { value, plain } of terms) {
      checkHome(context, value, plain);
      checkForm(value, 2, shape.extended);
      checkShapes(value, shape);
      checkShapes(value, plain);
    }
  }
  const { machine } = context;
  const { n, team } = machine;
  const results = severalLike(context, shape, sums.length);
  const lists = sums.map((terms, s) => ({ terms, result: results[s] }));
  // One sum alone is taken limb by limb, and by more hands than one in halves: the limbs may be odd in number.
  const alone = team.threads > 1 ? n / 2 : n;
  const slice = sums.length > 1 ? SLICE : alone;
  const slices = n / slice;
  team.share(shape.limbs * slices, (part, hand) => {
    const limb = Math.floor(part / slices);
    const offset = 4 * slice * (part % slices);
    const { address } = context.prime(shape.level, limb);
    const { words } = machine.arena;
    for (const { terms, result } of lists) {
      const list = hand.room(3 * terms.length);
      let word = list / 4;
      for (const { value, plain } of terms) {
        words[word++] = plain.at(limb) + offset;
        words[word++] = value.at(0, limb) + offset;
        words[word++] = value.at(1, limb) + offset;
      }
      const [out0, out1] = [result.at(0, limb) + offset, result.at(1, limb) + offset];
      hand.wasm.accumulate(out0, out1, list, terms.length, slice, address, 0);
    }
  });
  return results;
}

/** Σ a·scalar, with one reduction for eleven terms. A scalar is one residue a prime. */
export function sumOfScalarProducts(
  context: Context,
  terms: readonly { readonly value: Ciphertext; readonly scalar: Uint32Array }[],
): Ciphertext {
  checkTerms(terms.length);
  const [{ value: first }] = terms;
  for (const { value, scalar } of terms) {
    checkHome(context, value);
    checkForm(value, first.components, first.extended);
    checkShapes(value, first);
    checkScalar(context, value, scalar);
  }
  const { machine } = context;
  const result = like(context, first);
  const { words } = machine.arena;
  eachLimb(context, result, (limb, { address, q, r }, hand) => {
    const factors = terms.map(({ scalar }) => mulMod(scalar[limb], r.w, q));
    for (let c = 0; c < result.components; c++) {
      const out = result.at(c, limb);
      for (let from = 0; from < terms.length; from += TERMS_AT_ONCE) {
        const to = Math.min(from + TERMS_AT_ONCE, terms.length);
        const list = hand.room(2 * (to - from + 1));
        let word = list / 4;
        for (let t = from; t < to; t++) {
          words[word++] = terms[t].value.at(c, limb);
          words[word++] = factors[t];
        }
        if (from > 0) {
          // What was summed before, times one.
          words[word++] = out;
          words[word++] = r.w;
        }
        hand.wasm.combine(out, list, (word - list / 4) / 2, machine.n, address, 1);
      }
    }
  });
  return result;
}

/** a · scalar. */
export function mulScalar(context: Context, a: Ciphertext, scalar: Uint32Array): Ciphertext {
  checkHome(context, a);
  checkScalar(context, a, scalar);
  const { n } = context.machine;
  const result = like(context, a);
  eachLimb(context, a, (limb, { address, q }, { wasm }) => {
    const w = scalar[limb];
    for (let c = 0; c < a.components; c++) wasm.scale(result.at(c, limb), a.at(c, limb), w, shoup(w, q), n, address);
  });
  return result;
}

/** a + scalar in every slot. */
export function addScalar(context: Context, a: Ciphertext, scalar: Uint32Array): Ciphertext {
  checkHome(context, a);
  checkScalar(context, a, scalar);
  const { n } = context.machine;
  const result = like(context, a);
  eachLimb(context, a, (limb, { address }, { wasm }) => {
    wasm.addScalar(result.at(0, limb), a.at(0, limb), scalar[limb], n, address);
    for (let c = 1; c < a.components; c++) wasm.copy(result.at(c, limb), a.at(c, limb), n);
  });
  return result;
}

/** a · b, of three components. */
export function multiply(context: Context, a: Ciphertext, b: Ciphertext): Ciphertext {
  checkHome(context, a, b);
  checkShapes(a, b);
  checkForm(a, 2, false);
  checkForm(b, 2, false);
  const { n } = context.machine;
  const result = like(context, a, 3);
  eachLimb(context, a, (limb, { address }, { wasm }) => {
    wasm.tensor(
      result.at(0, limb),
      result.at(1, limb),
      result.at(2, limb),
      a.at(0, limb),
      a.at(1, limb),
      b.at(0, limb),
      b.at(1, limb),
      n,
      address,
    );
  });
  return result;
}

function checkTerms(count: number): void {
  if (count < 1 || count > MOST_TERMS) throw new KernelUseError(`a sum has 1 to ${MOST_TERMS} terms, not ${count}`);
}

function checkScalar(context: Context, a: Ciphertext, scalar: Uint32Array): void {
  const fits = scalar.length === a.limbs && scalar.every((s, limb) => s < context.prime(a.level, limb).q);
  if (!fits) throw new KernelUseError("a scalar has one residue below the prime for every prime of its operand");
}
