/** Writes `offchain/chain/abi.ts` from the compiled contracts: `node scripts/generate-abi.ts`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { abiSource } from "./deploy/abi-source.ts";
import { ROOT } from "./deploy/artifacts.ts";

writeFileSync(join(ROOT, "offchain", "chain", "abi.ts"), await abiSource());
