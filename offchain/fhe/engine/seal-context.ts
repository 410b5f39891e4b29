/** A SEAL context with exactly the primes of a parameter set, and what is needed to write objects for it. */
import type { MainModule, ParmsIdType, SEALContext } from "node-seal";
import type { Bytes32 } from "../../digest/hex.ts";
import { paramsDigest, type ParameterSet } from "../ckks/parameters.ts";
import { EngineError } from "./errors.ts";
import { SealScope } from "./seal-handles.ts";
import { sealModule } from "./seal-module.ts";

/** A context, held by the scopes it was opened in. */
export interface SealSession {
  readonly seal: MainModule;
  readonly context: SEALContext;
  readonly params: ParameterSet;
  /** SEAL's identifiers (32 bytes) of level 1, 2, … L, at index level − 1. */
  readonly levelIds: readonly Uint8Array[];
  /** SEAL's identifier of the level keys live at, with the special prime. */
  readonly keyId: Uint8Array;
  /** First 8 bytes of everything SEAL writes uncompressed: magic, header size, version, no compression. */
  readonly prefix: Uint8Array;
}

interface Shared {
  readonly session: SealSession;
  readonly scope: SealScope;
  users: number;
}

/** Contexts in use, by digest of their parameter set: one takes 0.8 s to make at N = 8192 and 6 s at N = 16384. */
const sessions = new Map<Bytes32, Shared>();

/**
 * Opens a context, or joins one that is open for the same parameter set.
 *
 * @param owner holds the context; what is made with it is owned after it, and so freed before it
 * @throws EngineError when the set has more than one special prime or digits of several primes, which SEAL does not know
 */
export async function openSealSession(owner: SealScope, params: ParameterSet): Promise<SealSession> {
  if (params.special.length !== 1 || params.groups.some((group) => group.length !== 1)) {
    throw new EngineError(
      "ENGINE_UNSUPPORTED",
      `node-seal knows one special prime and digits of one prime; ${params.id} has others.`,
    );
  }
  const seal = await sealModule();
  const id = paramsDigest(params);
  const shared = sessions.get(id) ?? makeSession(seal, params);
  sessions.set(id, shared);
  shared.users += 1;
  owner.hold({
    [Symbol.dispose]() {
      shared.users -= 1;
      if (shared.users > 0) return;
      sessions.delete(id);
      shared.scope[Symbol.dispose]();
    },
  });
  return shared.session;
}

function makeSession(seal: MainModule, params: ParameterSet): Shared {
  using scope = new SealScope();
  const parameters = scope.own(new seal.EncryptionParameters(seal.SchemeType.ckks));
  parameters.setPolyModulusDegree(params.n);
  const moduli = scope.own(new seal.VectorModulus());
  for (const prime of [...params.data, ...params.special]) moduli.push_back(scope.own(new seal.Modulus(BigInt(prime))));
  parameters.setCoeffModulus(moduli);
  const context = scope.own(new seal.SEALContext(parameters, true, seal.SecLevelType.tc128));
  if (!context.parametersSet())
    throw new EngineError("ENGINE_UNSUPPORTED", `node-seal refuses the parameter set ${params.id}.`);
  const levelIds = levelIdsOf(context, params);
  const session = { seal, context, params, levelIds, keyId: keyIdOf(context), prefix: prefixOf(seal) };
  const kept = new SealScope();
  kept.own(scope.give(context));
  return { session, scope: kept, users: 0 };
}

function levelIdsOf(context: SEALContext, params: ParameterSet): Uint8Array[] {
  using scope = new SealScope();
  const ids: Uint8Array[] = [];
  let data = scope.own(context.firstContextData());
  for (let level = params.data.length; level >= 1; level--) {
    ids[level - 1] = idBytes(scope.own(data.parmsId()));
    if (level > 1) data = scope.own(data.nextContextData());
  }
  return ids;
}

function keyIdOf(context: SEALContext): Uint8Array {
  using scope = new SealScope();
  return idBytes(scope.own(context.keyParmsId()));
}

function idBytes(id: ParmsIdType): Uint8Array {
  const values: unknown = id.values();
  if (!(values instanceof BigUint64Array) || values.length !== 4)
    throw new TypeError("node-seal gave no 256-bit identifier");
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    view.setBigUint64(8 * i, value, true);
  });
  return bytes;
}

function prefixOf(seal: MainModule): Uint8Array {
  using scope = new SealScope();
  const saved: unknown = scope.own(new seal.Plaintext()).saveToArray(seal.ComprModeType.none);
  if (!(saved instanceof Uint8Array)) throw new TypeError("node-seal saved no bytes");
  return saved.slice(0, 8);
}
