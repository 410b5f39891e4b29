import type { Provider } from "ethers";

import type { PublishPorts } from "./types.ts";

/** The provider the owner's account is connected to. @throws TypeError when there is none, which is the caller's mistake */
export function requireProvider({ signer }: Pick<PublishPorts, "signer">): Provider {
  if (signer.provider === null) throw new TypeError("the owner's account is not connected to a chain");
  return signer.provider;
}
