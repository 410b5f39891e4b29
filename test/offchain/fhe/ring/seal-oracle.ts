import SEAL, { type Ciphertext, type KSwitchKeys, type MainModule, type SEALContext } from "node-seal/allows";

/** A node-seal CKKS context, with ciphertexts passed in and out as plain residues. */
export interface SealOracle {
  readonly seal: MainModule;
  readonly context: SEALContext;
  readonly n: number;
  /** Data primes first, the special prime last. */
  readonly primes: readonly number[];
  /** Residues of a ciphertext: components × limbs polynomials, component by component. */
  readonly read: (ciphertext: Ciphertext) => Uint32Array[];
  /** A ciphertext at `limbs` data primes with these residues, in NTT form. The caller deletes it. */
  readonly write: (polynomials: readonly Uint32Array[], limbs: number) => Ciphertext;
  /** Keys by their index, (element − 1)/2 for a Galois key and 0 for the relinearisation key: a pair of polynomials a digit. */
  readonly readKeys: (keys: KSwitchKeys) => (KeyPair[] | undefined)[];
}

/** One digit of a key: residues modulo the data primes, then the special prime. */
export interface KeyPair {
  readonly b: Uint32Array[];
  readonly a: Uint32Array[];
}

// SEAL's serialisation of a ciphertext without compression.
const NTT_FORM_OFFSET = 48;
const SIZE_OFFSET = 49;
const LIMBS_OFFSET = 65;
const DATA_OFFSET = 113;
// And of keys: how many there are, then for each how many digits, each a ciphertext under a header with its size.
const KEY_COUNT_OFFSET = 48;
const OBJECT_SIZE_OFFSET = 8;

let loading: Promise<MainModule> | undefined;

/** Loads node-seal once for all tests: the build that lets transparent ciphertexts pass, which bounds may be. */
export function loadSeal(): Promise<MainModule> {
  loading ??= SEAL();
  return loading;
}

/**
 * Builds a context.
 *
 * @param n ring degree
 * @param bits bit lengths of the primes, the special one last
 */
export async function createOracle(n: number, bits: readonly number[]): Promise<SealOracle> {
  const seal = await loadSeal();
  const parms = new seal.EncryptionParameters(seal.SchemeType.ckks);
  parms.setPolyModulusDegree(n);
  const moduli = seal.CoeffModulus.Create(n, Int32Array.from(bits));
  parms.setCoeffModulus(moduli);
  const context = new seal.SEALContext(parms, true, seal.SecLevelType.tc128);
  if (!context.parametersSet()) throw new Error("node-seal refused the parameters");
  const primes = bits.map((_, i) => Number(moduli.get(i)!.value()));

  const unpack = (bytes: Uint8Array, count: number): Uint32Array[] => {
    // Words of 64 bits, of which the lower 32 suffice.
    const words = new Uint32Array(bytes.slice(DATA_OFFSET, DATA_OFFSET + count * n * 8).buffer);
    return Array.from({ length: count }, (_, k) => Uint32Array.from({ length: n }, (_, i) => words[2 * (k * n + i)]));
  };

  const read = (ciphertext: Ciphertext): Uint32Array[] => {
    const bytes = ciphertext.saveToArray(seal.ComprModeType.none) as Uint8Array;
    return unpack(bytes, ciphertext.size() * ciphertext.coeffModulusSize());
  };

  const readKeys = (keys: KSwitchKeys): (KeyPair[] | undefined)[] => {
    const bytes = keys.saveToArray(seal.ComprModeType.none) as Uint8Array;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let offset = KEY_COUNT_OFFSET;
    const next = (): number => {
      const value = Number(view.getBigUint64(offset, true));
      offset += 8;
      return value;
    };
    return Array.from({ length: next() }, () => {
      const digits = Array.from({ length: next() }, () => {
        const size = Number(view.getBigUint64(offset + OBJECT_SIZE_OFFSET, true));
        const rows = unpack(bytes.subarray(offset, offset + size), 2 * primes.length);
        offset += size;
        return { b: rows.slice(0, primes.length), a: rows.slice(primes.length) };
      });
      return digits.length === 0 ? undefined : digits;
    });
  };

  const write = (polynomials: readonly Uint32Array[], limbs: number): Ciphertext => {
    let data = context.firstContextData();
    while (data.chainIndex() + 1 > limbs) data = data.nextContextData();
    const size = polynomials.length / limbs;
    const ciphertext = new seal.Ciphertext(context, data.parmsId(), size);
    ciphertext.resize(size);
    const bytes = (ciphertext.saveToArray(seal.ComprModeType.none) as Uint8Array).slice();
    const view = new DataView(bytes.buffer);
    if (view.getUint32(SIZE_OFFSET, true) !== size || view.getUint32(LIMBS_OFFSET, true) !== limbs) {
      throw new Error("node-seal's wire format is not the expected one");
    }
    polynomials.forEach((polynomial, k) => {
      polynomial.forEach((residue, i) => {
        view.setUint32(DATA_OFFSET + 8 * (k * n + i), residue, true);
      });
    });
    bytes[NTT_FORM_OFFSET] = 1;
    ciphertext.loadFromArray(context, bytes);
    return ciphertext;
  };

  return { seal, context, n, primes, read, write, readKeys };
}
