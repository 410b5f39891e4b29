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
    // Nobody lets these pass here but to vote, so that long ones cost no time: nodes are restarted within them.
    challengerWindow: 30,
    drawWindow: 40,
    commitWindow: 24,
    revealWindow: 40,
    verdictWindow: 40,
    auditBps: 0,
  },
};
