import { CloakworkError } from "../errors.ts";
import type { Step, TimelineEvent } from "./types.ts";

/** Tells the steps of a request as they change. */
export interface StepTeller {
  /** A step begins, moves on or is over now. */
  readonly tell: (step: Step, state: TimelineEvent["state"], detail: string, more?: Partial<TimelineEvent>) => void;
  /** Does the work of a step. When it throws, the step has failed, with the error's own sentence; when it was stopped, nothing is told. */
  readonly during: <T>(step: Step, work: () => Promise<T>) => Promise<T>;
}

/** @param onEvent told every event */
export function stepTeller(
  onEvent: ((event: TimelineEvent) => void) | undefined,
  signal: AbortSignal | undefined,
): StepTeller {
  const tell: StepTeller["tell"] = (step, state, detail, more = {}) => {
    onEvent?.({ step, state, at: Date.now(), detail, ...more });
  };
  return {
    tell,
    during: async (step, work) => {
      try {
        return await work();
      } catch (error) {
        const known = error instanceof CloakworkError;
        if (!signal?.aborted) tell(step, "failed", known ? error.message : "An unexpected error stopped this step.");
        throw error;
      }
    },
  };
}
