/** Audits: the chain draws a share of results to be evaluated again by a jury, and pays who shows that one was drawn. */
import { AbiCoder, keccak256 } from "ethers";

import { auditResult, getSeed } from "../../chain/disputes.ts";
import type { Hex } from "../../chain/types.ts";
import { CloakworkError } from "../../errors.ts";
import type { CaseContext, CaseSituation } from "./context.ts";

/**
 * Whether a result is audited (docs/protocol.md, "Audits").
 *
 * @param seed of the result's audit round
 * @param auditBps share that is audited, in 1/10,000
 */
export function isAudited(seed: Hex, requestId: bigint, auditBps: number): boolean {
  const words = AbiCoder.defaultAbiCoder().encode(["string", "bytes32", "uint256"], ["audit", seed, requestId]);
  return BigInt(keccak256(words)) % 10_000n < BigInt(auditBps);
}

/** Shows an audit that was drawn. A result that was not drawn, or cannot be paid for, is not looked at again. */
export async function showAudit(context: CaseContext, { kase, request }: CaseSituation): Promise<void> {
  const { chain, cases, parameters, metrics, log } = context;
  const { contracts } = chain.deployment;
  const { requestId, auditRound } = request;
  if (!context.audits || kase.auditKnown) return;
  if (auditRound === 0) {
    cases.update(requestId, { auditKnown: true });
    return;
  }
  const seed = await getSeed(chain.provider, contracts, auditRound);
  if (seed === undefined) return;
  if (isAudited(seed, requestId, parameters.auditBps)) {
    try {
      await chain.transact((signer) => auditResult(signer, contracts, requestId));
      metrics.audits.inc();
      log.info({ request: requestId.toString() }, "an audit was drawn: a jury evaluates the request again");
    } catch (error) {
      // The model's requests have not set enough aside yet: this audit falls out.
      if (!(error instanceof CloakworkError) || error.code !== "INFERENCE_HUB_AUDIT_POOL_TOO_SMALL") throw error;
    }
  }
  cases.update(requestId, { auditKnown: true });
}
