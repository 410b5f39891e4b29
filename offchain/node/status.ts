/** What a node says of itself at `/status`: for the operator's eyes and for `cloakwork node status`. No secrets, nobody's data. */
import type { CaseState } from "./disputes/cases.ts";
import type { Job, JobState } from "./jobs.ts";

export interface NodeStatus {
  readonly version: 1;
  readonly node: string;
  readonly chainId: number;
  readonly hub: string;
  /** Last block whose events were handled; absent before the first. */
  readonly block?: number;
  readonly startedAt: string;
  readonly models: readonly {
    readonly id: string;
    readonly version: number;
    readonly name: string;
    readonly plans: number;
  }[];
  readonly jobs: Partial<Record<JobState, number>>;
  /** Answers, anybody's, that may be or were disputed. */
  readonly cases: Partial<Record<CaseState, number>>;
  readonly recent: readonly {
    readonly request: string;
    readonly state: JobState;
    readonly note: string;
    readonly updatedAt: string;
  }[];
  readonly storedBytes: number;
}

/** A job as others may see it. */
export function publicJob({ requestId, state, note, updatedAt }: Job): NodeStatus["recent"][number] {
  return { request: requestId.toString(), state, note, updatedAt: new Date(updatedAt).toISOString() };
}
