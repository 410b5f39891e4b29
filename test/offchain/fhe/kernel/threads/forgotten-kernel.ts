/** A program that makes a kernel of several threads and forgets to dispose it. */
import { N8192_D6_S1 } from "../../../../../offchain/fhe/ckks/named-sets.ts";
import { createKernel } from "../../../../../offchain/fhe/kernel/kernel.ts";
import { startNodeThread } from "../../../../../offchain/node/evaluation/node-thread.ts";

const threads = { count: 3, start: startNodeThread };
const kernel = await createKernel({ params: N8192_D6_S1.set, semantics: "hoisted-1", threads });
console.log(kernel.threads);
