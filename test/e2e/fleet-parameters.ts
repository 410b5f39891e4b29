import { LOCAL_PARAMETERS, type DeploymentParameters } from "../../scripts/deploy/parameters.ts";

/** Windows as short as nodes on one busy machine can keep, so that tests of deadlines end soon. No audits. */
export const QUICK_PARAMETERS: DeploymentParameters = {
  ...LOCAL_PARAMETERS,
  hub: {
    ...LOCAL_PARAMETERS.hub,
    acceptWindow: 15,
    postWindow: 20,
    revealWindow: 25,
    challengeWindow: 15,
    minimumTime: 5,
  },
  disputes: {
    ...LOCAL_PARAMETERS.disputes,
    challengerWindow: 10,
    drawWindow: 20,
    commitWindow: 20,
    revealWindow: 20,
    verdictWindow: 20,
    auditBps: 0,
  },
};
