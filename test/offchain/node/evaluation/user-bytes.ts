/** One user's honest bytes for the echo plan, to be sent as they are or spoilt. */
import type { Bytes32 } from "../../../../offchain/digest/hex.ts";
import { encryptInput, inputRoot } from "../../../../offchain/fhe/ckks/ciphertext.ts";
import { parseCiphertext } from "../../../../offchain/fhe/ckks/ciphertext-format.ts";
import type { KeyNeed } from "../../../../offchain/fhe/ckks/key-need.ts";
import { generatePack, packRoot, parsePack } from "../../../../offchain/fhe/ckks/key-pack.ts";
import { keySetId } from "../../../../offchain/fhe/ckks/key-set.ts";
import { generateSecret } from "../../../../offchain/fhe/ckks/secret.ts";
import { untrusted } from "../../../../offchain/fhe/ckks/untrusted.ts";
import { applyInputLayout } from "../../../../offchain/fhe/plan/layout.ts";
import { smallKeyBody } from "../../../../offchain/fhe/result/key-bodies.ts";
import type { CheckPayload, InputPayload } from "../../../../offchain/node/evaluation/messages.ts";
import type { EchoPlan } from "../../client/echo-plan.ts";
import { expand } from "../../fhe/ckks/fixtures.ts";

const bodies = [smallKeyBody];

/** What a node is asked to check, with all bytes at hand. */
export type GivenPayload = Required<CheckPayload> & { readonly input: InputPayload };

export interface UserBytes {
  readonly keySet: Bytes32;
  /** Bytes of a pack with these keys, and the root the registry would name. */
  pack(needs: readonly KeyNeed[]): Promise<{ bytes: Uint8Array<ArrayBuffer>; residuesRoot: Bytes32 }>;
  /** What a node is asked to check, all of it honest. */
  payload(packsDigest?: Bytes32): Promise<GivenPayload>;
}

/** @param salt names the key set; one byte */
export function userBytes(echo: EchoPlan, salt: string): UserBytes {
  const { params, inputs, keys } = echo.plan;
  const keySet = keySetId(`0x${"11".repeat(20)}`, `0x${salt.repeat(32)}`, params);
  const secret = generateSecret(params);
  const pack: UserBytes["pack"] = async (needs) => {
    const bytes = await generatePack(secret, keySet, needs, { bodies, expand });
    const parsed = parsePack(untrusted(bytes), { params, keySetId: keySet, maxBytes: bytes.length, bodies });
    return { bytes, residuesRoot: packRoot(parsed, bodies, expand) };
  };
  return {
    keySet,
    pack,
    async payload(packsDigest = `0x${salt.repeat(32)}`) {
      const slots = applyInputLayout(
        inputs[0],
        Float64Array.from({ length: 10 }, (_, i) => i / 2),
        params.n / 2,
      );
      const bytes = encryptInput(secret, keySet, slots, inputs[0]);
      const { level, scale } = inputs[0];
      const parsed = parseCiphertext(untrusted(bytes), { role: "input", params, keySetId: keySet, level, scale });
      const input = { bytes, residuesRoot: inputRoot(parsed) };
      return { planDigest: echo.digest, keySetId: keySet, packsDigest, packs: [await pack(keys)], input };
    },
  };
}
