import SEAL, { type Ciphertext as SealCiphertext, type KSwitchKeys, type MainModule } from "node-seal";

import type { Ciphertext, Plaintext, SwitchKey } from "../../../offchain/fhe/kernel/handles.ts";
import { createKernel, type Kernel, type KeyDigit } from "../../../offchain/fhe/kernel/kernel.ts";
import { Owner } from "../../../offchain/fhe/kernel/owner.ts";
import { toCentred, toResidue } from "../../../offchain/fhe/ring/modular.ts";
import { createNtt, type Ntt } from "../../../offchain/fhe/ring/ntt.ts";
import { galoisElement } from "../../../offchain/fhe/ring/automorphism.ts";

/** Offsets in SEAL's serialisation without compression. */
const CIPHERTEXT_DATA = 113;
const PLAINTEXT_DATA = 88;
const KEY_COUNT = 48;

/** Scale of what is encrypted, and of what it is multiplied by. */
const INPUT_SCALE = 2 ** 30;
const WEIGHT_SCALE = 2 ** 25;

/** Steps there are keys for: baby steps, and giant steps of eight and of thirty-two. */
export const STEPS = [
  ...Array.from({ length: 31 }, (_, i) => i + 1),
  32,
  40,
  48,
  56,
  64,
  72,
  80,
  88,
  96,
  104,
  112,
  120,
];

/** node-seal and two kernels, one a semantics, with the same keys. */
export type Rig = Awaited<ReturnType<typeof createRig>>;

/**
 * Sets up both sides.
 *
 * @param n ring degree
 * @param count number of 30-bit primes, the special one included
 */
export async function createRig(n: number, count: number) {
  const seal = await SEAL();
  const parms = new seal.EncryptionParameters(seal.SchemeType.ckks);
  parms.setPolyModulusDegree(n);
  const moduli = seal.CoeffModulus.Create(n, new Int32Array(count).fill(30));
  parms.setCoeffModulus(moduli);
  const context = new seal.SEALContext(parms, true, seal.SecLevelType.tc128);
  const primes = Array.from({ length: count }, (_, i) => Number(moduli.get(i)!.value()));
  const generator = new seal.KeyGenerator(context);
  const secret = generator.secretKey();
  const galoisKeys = generator.createGaloisKeysWithSteps(Int32Array.from(STEPS));
  const relinKeys = generator.createRelinKeys();
  const level = count - 1;
  const ntts = primes.map((q) => createNtt(n, q));

  const params = {
    n,
    data: primes.slice(0, level),
    special: primes.slice(level),
    groups: primes.slice(0, level).map((_, i) => [i]),
  };
  const owner = new Owner();
  const kernels = {
    seal: await createKernel({ params, semantics: "seal-4.1" }),
    hoisted: await createKernel({ params, semantics: "hoisted-1" }),
  };
  const galois = readKeys(seal, galoisKeys, n, count);
  const relin = readKeys(seal, relinKeys, n, count);

  return {
    seal,
    context,
    n,
    primes,
    level,
    ntts,
    owner,
    kernels,
    evaluator: new seal.Evaluator(context),
    encoder: new seal.CKKSEncoder(context),
    encryptor: new seal.Encryptor(context, generator.createPublicKey(), secret),
    decryptor: new seal.Decryptor(context, secret),
    galoisKeys,
    relinKeys,
    /** A Galois key of a kernel. */
    rotationKey(kernel: Kernel, step: number): SwitchKey {
      const element = galoisElement(step, n);
      return kernel.importKey(owner, element, level, galois[(element - 1) / 2]);
    },
    /** The relinearisation key of a kernel. */
    relinKey: (kernel: Kernel): SwitchKey => kernel.importKey(owner, 0, level, relin[0]),
  };
}

/** Encrypts slots. */
export function encrypt(rig: Rig, slots: Float64Array): SealCiphertext {
  const plain = new rig.seal.Plaintext();
  rig.encoder.encode(slots, INPUT_SCALE, plain);
  const ciphertext = new rig.seal.Ciphertext();
  rig.encryptor.encrypt(plain, ciphertext);
  plain.delete();
  return ciphertext;
}

/** Decrypts slots. */
export function decrypt(rig: Rig, ciphertext: SealCiphertext): Float64Array {
  const plain = new rig.seal.Plaintext();
  rig.decryptor.decrypt(ciphertext, plain);
  const slots = rig.encoder.decodeFloat64(plain) as Float64Array;
  plain.delete();
  return slots;
}

/** Gives a kernel what node-seal holds. */
export function toKernel(rig: Rig, kernel: Kernel, ciphertext: SealCiphertext): Ciphertext {
  const bytes = ciphertext.saveToArray(rig.seal.ComprModeType.none) as Uint8Array;
  const count = ciphertext.size() * ciphertext.coeffModulusSize();
  return kernel.importCiphertext(
    rig.owner,
    unpack(bytes, CIPHERTEXT_DATA, count, rig.n),
    ciphertext.coeffModulusSize(),
  );
}

/** Gives node-seal what a kernel holds, in place of a ciphertext of the same shape. */
export function toSeal(rig: Rig, kernel: Kernel, value: Ciphertext, into: SealCiphertext): void {
  const bytes = (into.saveToArray(rig.seal.ComprModeType.none) as Uint8Array).slice();
  const view = new DataView(bytes.buffer);
  kernel.exportCiphertext(value).forEach((row, k) => {
    row.forEach((residue, i) => {
      view.setUint32(CIPHERTEXT_DATA + 8 * (k * rig.n + i), residue, true);
    });
  });
  into.loadFromArray(rig.context, bytes);
}

/** Encodes slots for node-seal, and as residues modulo every prime, the special one included. */
export function encode(rig: Rig, slots: Float64Array) {
  const plain = new rig.seal.Plaintext();
  rig.encoder.encode(slots, WEIGHT_SCALE, plain);
  const bytes = plain.saveToArray(rig.seal.ComprModeType.none) as Uint8Array;
  const rows = unpack(bytes, PLAINTEXT_DATA, rig.level, rig.n);
  return { plain, rows: [...rows, modulo(rig.ntts[0], rig.ntts[rig.level], rows[0])] };
}

/** A plaintext of a kernel. */
export function toPlaintext(rig: Rig, kernel: Kernel, rows: Uint32Array[], extended: boolean): Plaintext {
  return kernel.importPlaintext(rig.owner, extended ? rows : rows.slice(0, rig.level), rig.level, extended);
}

/** Residues modulo another prime of a polynomial with coefficients below half the first. */
function modulo(from: Ntt, to: Ntt, values: Uint32Array): Uint32Array {
  const coefficients = values.slice();
  from.inverse(coefficients);
  const moved = coefficients.map((x) => toResidue(toCentred(x, from.q), to.q));
  to.forward(moved);
  return moved;
}

/** Residues are words of 64 bits there, of which the lower 32 suffice. */
function unpack(bytes: Uint8Array, offset: number, count: number, n: number): Uint32Array[] {
  const words = new Uint32Array(bytes.slice(offset, offset + 8 * count * n).buffer);
  return Array.from({ length: count }, (_, k) => Uint32Array.from({ length: n }, (_, i) => words[2 * (k * n + i)]));
}

function readKeys(seal: MainModule, keys: KSwitchKeys, n: number, count: number): KeyDigit[][] {
  const bytes = keys.saveToArray(seal.ComprModeType.none) as Uint8Array;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = KEY_COUNT;
  const next = (): number => {
    offset += 8;
    return Number(view.getBigUint64(offset - 8, true));
  };
  return Array.from({ length: next() }, () =>
    Array.from({ length: next() }, () => {
      const size = Number(view.getBigUint64(offset + 8, true));
      const rows = unpack(bytes.subarray(offset, offset + size), CIPHERTEXT_DATA, 2 * count, n);
      offset += size;
      return { b: rows.slice(0, count), a: rows.slice(count) };
    }),
  );
}
