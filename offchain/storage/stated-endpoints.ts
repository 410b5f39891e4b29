/** Addresses of stores that stand on chain are written by strangers: which of them are asked. */
import { endpointUrl } from "./endpoint.ts";

/** Chains that live on one machine, whose nodes are at loopback addresses. */
const LOCAL_CHAINS: ReadonlySet<number> = new Set([31337, 1337]);

/**
 * Leaves out what is not plain http(s) and, except on a local chain, addresses of this machine and of private networks, which a stranger has no
 * reason to name but to have them called from inside.
 *
 * @param stated as the chain states them
 */
export function usableEndpoints(stated: readonly string[], chainId: number): string[] {
  const local = LOCAL_CHAINS.has(chainId);
  const urls = stated.map(plainUrl).filter((url) => url !== undefined);
  return urls.filter((url) => local || !isPrivateHost(new URL(url).hostname));
}

function plainUrl(url: string): string | undefined {
  try {
    return endpointUrl(url);
  } catch {
    return undefined;
  }
}

/** Whether a URL's host, as `URL` normalises it, is this machine or in a private network (RFC 1918, 3927, 4193, 4291, 6598). */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, "");
  if (host === "localhost" || host.endsWith(".localhost") || host.endsWith(".local") || host.endsWith(".internal"))
    return true;
  if (host.startsWith("[")) return isPrivateV6(host.slice(1, -1));
  const parts = host.split(".").map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part))) return false;
  return isPrivateV4(parts[0], parts[1]);
}

function isPrivateV4(a: number, b: number): boolean {
  return (
    a === 0 ||
    a === 10 ||
    a === 127 ||
    (a === 100 && b >= 64 && b < 128) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168)
  );
}

function isPrivateV6(address: string): boolean {
  if (address === "::" || address === "::1") return true;
  const mapped = /^::ffff:([0-9a-f]{1,4}):[0-9a-f]{1,4}$/.exec(address);
  if (mapped !== null) {
    const high = Number.parseInt(mapped[1], 16);
    return isPrivateV4(high >> 8, high & 0xff);
  }
  const first = Number.parseInt(address.split(":")[0] || "0", 16);
  return (first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80;
}
