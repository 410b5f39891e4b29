import { openSealSession, type SealSession } from "../../../../offchain/fhe/engine/seal-context.ts";
import { SealScope } from "../../../../offchain/fhe/engine/seal-handles.ts";
import { params } from "../ckks/fixtures.ts";

const scope = new SealScope();
let session: Promise<SealSession> | undefined;

/**
 * Makes node-seal's context of the parameter set that nearly all tests use, once for all test files: models join it instead of making
 * their own, which takes a second each. It is held until the process ends.
 */
export function holdSeal(): Promise<SealSession> {
  return (session ??= openSealSession(scope, params));
}
