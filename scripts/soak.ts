/** `npm run soak -- protocol [--requests N] [--seed TEXT] [--log FILE] [--json]`: load tests that end by themselves. */
import { parseArgs } from "node:util";

import { requireNode24 } from "./require-node.ts";
import { soakProtocol } from "./soak/protocol.ts";

requireNode24();

const USAGE = `npm run soak -- protocol [--requests N] [--seed TEXT] [--log FILE] [--json]

  protocol   requests to five nodes on a local chain, two of them faulty in random ways: every request has to end settled or refunded, and the
             books have to balance to the wei. 500 requests unless told otherwise; the same seed draws the same faults.`;

function options(): { requests: number; seed: string; log: string | undefined; json: boolean } | undefined {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        requests: { type: "string", default: "500" },
        seed: { type: "string", default: "cloakwork" },
        log: { type: "string" },
        json: { type: "boolean", default: false },
      },
    });
    const requests = Number(values.requests);
    const isKnown = positionals.length === 1 && positionals[0] === "protocol";
    if (!isKnown || !Number.isSafeInteger(requests) || requests < 1) return undefined;
    return { requests, seed: values.seed, log: values.log, json: values.json };
  } catch {
    return undefined;
  }
}

const given = options();
if (given === undefined) {
  console.error(USAGE);
  process.exit(2);
}
const { requests, seed, log, json } = given;
const started = Date.now();
const report = await soakProtocol({
  requests,
  seed,
  onProgress: (line) => {
    console.error(`${String(Math.round((Date.now() - started) / 1000)).padStart(5)} s  ${line}`);
  },
  ...(log === undefined ? {} : { log }),
});
if (json) console.log(JSON.stringify(report));
else for (const [name, value] of Object.entries(report)) console.log(`${name.padEnd(12)} ${value}`);
const isGood = report.stuck === 0 && report.weiOff === "0" && report.settled + report.refunded === report.requests;
process.exit(isGood ? 0 : 1);
