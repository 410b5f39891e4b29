/** The echo plan as a model on chain, and a user who asks it: real keys, ciphertexts and packages of the smallest plan there is. */
import { randomBytes } from "node:crypto";

import { Wallet } from "ethers";

import { authoriseNode } from "../../offchain/chain/access.ts";
import { registerKeySet } from "../../offchain/chain/keys.ts";
import { registerModel } from "../../offchain/chain/models.ts";
import { getQuote, requestInference } from "../../offchain/chain/requests.ts";
import { ETHER, type Hex } from "../../offchain/chain/types.ts";
import { toHex, ZERO_HASH } from "../../offchain/digest/hex.ts";
import { blobRoot } from "../../offchain/digest/merkle.ts";
import { encryptInput, inputRoot } from "../../offchain/fhe/ckks/ciphertext.ts";
import { parseCiphertext } from "../../offchain/fhe/ckks/ciphertext-format.ts";
import { generatePack, packRoot, parsePack } from "../../offchain/fhe/ckks/key-pack.ts";
import { keySetId } from "../../offchain/fhe/ckks/key-set.ts";
import { paramsDigest } from "../../offchain/fhe/ckks/parameters.ts";
import { generateSecret } from "../../offchain/fhe/ckks/secret.ts";
import { untrusted } from "../../offchain/fhe/ckks/untrusted.ts";
import { fastestExpansion } from "../../offchain/fhe/kernel/expand-polynomial.ts";
import { applyInputLayout } from "../../offchain/fhe/plan/layout.ts";
import { smallKeyBody } from "../../offchain/fhe/result/key-bodies.ts";
import { sealEnvelope } from "../../offchain/sealing/envelope.ts";
import { sealPackage, versionKeys } from "../../offchain/sealing/package.ts";
import { HttpStore } from "../../offchain/storage/http-store.ts";
import type { LocalAccount } from "../local-chain.ts";
import { echoPlan } from "./echo-plan.ts";
import type { Fleet } from "./fleet.ts";

/** Fee of the model and of each node, wei. */
export const ECHO_FEES = { modelFee: 10n ** 15n, nodeFee: 10n ** 15n } as const;

const echo = echoPlan({ rotation: true });

/** Publishes the echo plan and lets all nodes of a fleet serve it. @returns the model's id; its version is 1 */
export async function publishEcho({ provider, deployment, accounts, nodes }: Fleet): Promise<bigint> {
  const { contracts } = deployment;
  const signer = new Wallet(accounts.owner.privateKey, provider);
  const uri = nodes[0].endpoint;
  const store = new HttpStore({ endpoints: [uri] });
  const sealing = sealPackage(echo.plan, new Uint32Array(0));
  await store.put(sealing.body);
  const keys = versionKeys([sealing.keys()]);
  const [{ packageRoot, weightsRoot }] = keys.packages;
  await store.put(echo.bytes);
  const manifest = new TextEncoder().encode('{"name":"echo"}');
  await store.put(manifest);
  const registered = await registerModel(
    signer,
    contracts,
    { token: ETHER, ...ECHO_FEES },
    {
      noiseRoot: keys.noiseRoot,
      manifestRoot: blobRoot(manifest),
      manifestUri: uri,
      plans: [
        {
          planDigest: echo.digest,
          weightsRoot,
          packageRoot,
          paramsDigest: paramsDigest(echo.plan.params),
          semantics: echo.plan.semantics,
          units: 1,
        },
      ],
    },
  );
  const { modelId } = await registered.wait();
  for (const node of nodes) {
    const envelope = await sealEnvelope(keys, [node.identity.encryption.publicKey]);
    const { root } = await store.put(envelope);
    const grant = { envelopeRoot: root, envelopeUri: uri };
    await (await authoriseNode(signer, contracts, modelId, 1, node.address, grant)).wait();
  }
  return modelId;
}

export interface EchoRequest {
  /** 1, 3, 5 or 7; 1 when omitted. */
  readonly replicas?: number;
  /** Seconds until the deadline; 120 when omitted. */
  readonly patience?: number;
  /** Where the input is uploaded and said to be; the first node when omitted. */
  readonly endpoint?: string;
  /** Whether the input is uploaded at all; true when omitted. */
  readonly upload?: boolean;
  /** Spoils the input before its blob root is taken. */
  readonly spoil?: (bytes: Uint8Array) => Uint8Array;
}

export interface EchoUser {
  readonly wallet: Wallet;
  /** Encrypts ten numbers anew and asks about them. @returns the request's id, once it is mined */
  readonly ask: (request?: EchoRequest) => Promise<bigint>;
}

/** A user of a fleet with registered keys. */
export async function echoUser(fleet: Fleet, modelId: bigint, account: LocalAccount): Promise<EchoUser> {
  const { provider, deployment, nodes } = fleet;
  const { contracts } = deployment;
  const { params, inputs, keys } = echo.plan;
  const wallet = new Wallet(account.privateKey, provider);
  const secret = generateSecret(params);
  const salt = toHex(randomBytes(32));
  const keySet = keySetId(account.address.toLowerCase() as Hex, salt, params);
  const bodies = [smallKeyBody];
  const expand = await fastestExpansion();
  const bytes = await generatePack(secret, keySet, keys, { bodies, expand });
  const pack = parsePack(untrusted(bytes), { params, keySetId: keySet, maxBytes: bytes.length, bodies });
  const uri = nodes[0].endpoint;
  await new HttpStore({ endpoints: [uri] }).put(bytes);
  const content = {
    salt,
    paramsDigest: paramsDigest(params),
    packs: [{ blobRoot: blobRoot(bytes), residuesRoot: packRoot(pack, bodies, expand), size: bytes.length }],
    compactPublicKeyRoot: ZERO_HASH,
    uri,
  };
  await (await registerKeySet(wallet, contracts, content)).wait();
  return {
    wallet,
    async ask({ replicas = 1, patience = 120, endpoint = uri, upload = true, spoil = unspoilt } = {}) {
      const slots = applyInputLayout(inputs[0], Float64Array.from({ length: 10 }, Math.random), params.n / 2);
      const fresh = encryptInput(secret, keySet, slots, inputs[0]);
      const parsed = parseCiphertext(untrusted(fresh), { role: "input", params, keySetId: keySet, ...inputs[0] });
      const input = spoil(fresh);
      if (upload) await new HttpStore({ endpoints: [endpoint] }).put(input);
      const price = await getQuote(provider, contracts, modelId, 1, 0, replicas);
      const latest = await provider.getBlock("latest");
      const asked = {
        modelId,
        version: 1,
        planIndex: 0,
        replicas,
        keySetId: keySet,
        input: { blobRoot: blobRoot(input), residuesRoot: inputRoot(parsed), size: input.length, uri: endpoint },
        token: ETHER,
        maxFee: price.total,
        deadline: latest!.timestamp + patience,
      };
      return (await (await requestInference(wallet, contracts, asked, price)).wait()).requestId;
    },
  };
}

function unspoilt(bytes: Uint8Array): Uint8Array {
  return bytes;
}
