import type { DisputeParameters } from "../../chain/disputes.ts";
import type { InferenceRequest } from "../../chain/types.ts";
import type { DutyContext } from "../context.ts";
import type { Case, CaseStore } from "./cases.ts";

/** What every step of a case works with. */
export interface CaseContext extends DutyContext {
  readonly cases: CaseStore;
  readonly parameters: DisputeParameters;
  /** Whether this node shows audits the chain has drawn. */
  readonly audits: boolean;
  /** Most wei it lays down for one challenge. */
  readonly challengeBond: bigint;
}

/** A case with the request as it stands. */
export interface CaseSituation {
  readonly kase: Case;
  readonly request: InferenceRequest;
  readonly now: number;
}
