/** How many clients are remembered; the one not seen longest is forgotten first. */
const MAX_CLIENTS = 10_000;

interface Bucket {
  tokens: number;
  at: number;
}

/** A token bucket a client: bytes per minute, with a minute's worth saved up at most. */
export class RateLimit {
  readonly #perMinute: number;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  /**
   * @param perMinute tokens a client gets a minute, and can save up
   * @param now milliseconds of a clock that does not run backwards
   */
  constructor(perMinute: number, now: () => number = () => performance.now()) {
    this.#perMinute = perMinute;
    this.#now = now;
  }

  /**
   * Takes tokens if there are enough.
   *
   * @param address of the client, as the connection gives it
   * @returns 0 when taken; otherwise seconds until there are enough, or Infinity when there never will be
   */
  take(address: string, tokens: number): number {
    if (tokens > this.#perMinute) return Number.POSITIVE_INFINITY;
    const client = clientOf(address);
    const now = this.#now();
    const before = this.#buckets.get(client) ?? { tokens: this.#perMinute, at: now };
    const saved = Math.min(this.#perMinute, before.tokens + ((now - before.at) / 60_000) * this.#perMinute);
    const enough = saved >= tokens;
    // Deleted and set, so that the order of the map is the order of last use.
    this.#buckets.delete(client);
    this.#buckets.set(client, { tokens: enough ? saved - tokens : saved, at: now });
    if (this.#buckets.size > MAX_CLIENTS) this.#buckets.delete(this.#buckets.keys().next().value!);
    return enough ? 0 : Math.ceil(((tokens - saved) / this.#perMinute) * 60);
  }
}

/** One client has one IPv4 address, or one IPv6 network of 64 bits, which is what a customer gets. */
export function clientOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped !== null) return mapped[1];
  if (!address.includes(":")) return address;
  const [head, tail] = address.split("%")[0].split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups =
    tail === undefined ? left : [...left, ...Array<string>(8 - left.length - right.length).fill("0"), ...right];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}
