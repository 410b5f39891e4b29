/** node-seal as the reference: its own encoder, decryptor and evaluator over the primes of `params`. */
import type { Ciphertext, Plaintext, SecretKey as SealSecretKey } from "node-seal";
import { secretResidues, type SecretKey } from "../../../../offchain/fhe/ckks/secret.ts";
import { plaintextBytes } from "../../../../offchain/fhe/engine/seal-codec.ts";
import type { SealSession } from "../../../../offchain/fhe/engine/seal-context.ts";
import { SealScope } from "../../../../offchain/fhe/engine/seal-handles.ts";
import { holdSeal } from "../engine/hold-seal.ts";

export interface SealReference extends Disposable {
  readonly session: SealSession;
  readonly scope: SealScope;
  /** NTT residues as node-seal encodes them at the top level, limb by limb. */
  encode(values: Float64Array, scale: number): Uint32Array;
  /** Slots of NTT residues, as node-seal decodes them. */
  decode(residues: Uint32Array, level: number, scale: number): Float64Array;
  /** Our secret as node-seal's. */
  secret(key: SecretKey): SealSecretKey;
  /** Slots of a ciphertext, as node-seal decrypts them. */
  decrypt(secret: SealSecretKey, ciphertext: Ciphertext, scale: number): Float64Array;
}

export async function openSealReference(): Promise<SealReference> {
  const scope = new SealScope();
  const session = await holdSeal();
  const { seal, context } = session;
  const encoder = scope.own(new seal.CKKSEncoder(context));

  function decodePlain(plain: Plaintext, scale: number): Float64Array {
    plain.setScale(scale);
    const slots: unknown = encoder.decodeFloat64(plain);
    if (!(slots instanceof Float64Array)) throw new TypeError("node-seal decoded no doubles");
    return slots.slice();
  }

  return {
    session,
    scope,
    encode(values, scale) {
      using local = new SealScope();
      const plain = local.own(new seal.Plaintext());
      encoder.encode(values, scale, plain);
      const saved = plain.saveToArray(seal.ComprModeType.none) as Uint8Array;
      const words = new Uint32Array(saved.slice(88).buffer);
      return words.filter((_, i) => i % 2 === 0);
    },
    decode(residues, level, scale) {
      using local = new SealScope();
      const plain = local.own(new seal.Plaintext());
      plain.loadFromArray(context, plaintextBytes(session, residues, session.levelIds[level - 1]));
      return decodePlain(plain, scale);
    },
    secret(key) {
      const secret = scope.own(new seal.SecretKey());
      secret.loadFromArray(context, plaintextBytes(session, secretResidues(key), session.keyId));
      return secret;
    },
    decrypt(secret, ciphertext, scale) {
      using local = new SealScope();
      const decryptor = local.own(new seal.Decryptor(context, secret));
      const plain = local.own(new seal.Plaintext());
      decryptor.decrypt(ciphertext, plain);
      return decodePlain(plain, scale);
    },
    [Symbol.dispose]() {
      scope[Symbol.dispose]();
    },
  };
}
