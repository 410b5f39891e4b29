import hre from "hardhat";

type Network = typeof import("../../test/contracts/support/network.ts");
type Fixture = () => Promise<unknown>;

/** Points a test reaches. */
export interface Reached {
  readonly itself: ReadonlySet<number>;
  readonly throughFixture: ReadonlySet<number>;
}

/** The simulated chain of the contract tests, with a choice of which mutant is on. */
export class SwitchedChain {
  readonly #network: Network;
  readonly #reached: Set<number>;
  /** Points reached while a fixture was made. */
  readonly #inFixture = new Map<Fixture, Set<number>>();
  readonly #throughFixture = new Set<number>();
  readonly #wrapped = new Map<Fixture, Fixture>();
  readonly #usual: string;
  #genesis: unknown;
  #chosen: bigint | undefined;
  #mines = false;

  private constructor(network: Network, reached: Set<number>, usual: string, genesis: unknown) {
    this.#network = network;
    this.#reached = reached;
    this.#usual = usual;
    this.#genesis = genesis;
  }

  /** Opens the chain the tests will use and takes their fixtures over. Call it before a test is loaded. */
  static async open(): Promise<SwitchedChain> {
    const reached = new Set<number>();
    hre.hooks.registerHandlers("network", {
      onCoverageData: (_context, tags) => {
        for (const tag of tags) reached.add(Number(BigInt(`0x${tag}`)));
        return Promise.resolve();
      },
    });
    const network = await import("../../test/contracts/support/network.ts");
    const send = network.ethers.provider.send.bind(network.ethers.provider);
    const { miner } = (await send("eth_getBlockByNumber", ["latest", false])) as { miner: string };
    const chain = new SwitchedChain(network, reached, miner, await send("evm_snapshot", []));
    const { networkHelpers } = network;
    const load = networkHelpers.loadFixture.bind(networkHelpers);
    Object.defineProperty(networkHelpers, "loadFixture", {
      value: async (fixture: Fixture): Promise<unknown> => {
        const loaded = await load(chain.#wrap(fixture));
        // Going back to a snapshot goes back to its coinbase, too.
        await chain.#apply();
        if (chain.#mines) await networkHelpers.mine(1);
        for (const point of chain.#inFixture.get(fixture) ?? []) chain.#throughFixture.add(point);
        return loaded;
      },
    });
    return chain;
  }

  /**
   * Has `RECORDING` or a mutant on from now on, or nothing.
   *
   * @param mines a block after each fixture: a call sees the coinbase of the last block
   */
  async choose(chosen: bigint | undefined, mines = false): Promise<void> {
    this.#chosen = chosen;
    this.#mines = mines;
    await this.#apply();
  }

  /** The points told since the last call: by the test itself, and where its fixtures were made. */
  takeReached(): Reached {
    const taken = { itself: new Set(this.#reached), throughFixture: new Set(this.#throughFixture) };
    this.#reached.clear();
    this.#throughFixture.clear();
    return taken;
  }

  /** Whether a point is reached where fixtures are made, which has to be done anew for its mutant. */
  isInFixture(point: number): boolean {
    return [...this.#inFixture.values()].some((points) => points.has(point));
  }

  /** Forgets all that happened, and all fixtures. */
  async renew(): Promise<void> {
    const { ethers, networkHelpers } = this.#network;
    networkHelpers.clearSnapshots();
    await ethers.provider.send("evm_revert", [this.#genesis]);
    this.#genesis = await ethers.provider.send("evm_snapshot", []);
  }

  async #apply(): Promise<void> {
    const coinbase = this.#chosen === undefined ? this.#usual : `0x${this.#chosen.toString(16).padStart(40, "0")}`;
    await this.#network.ethers.provider.send("hardhat_setCoinbase", [coinbase]);
  }

  /** Fixtures are told apart by what they are, so that each is wrapped once. */
  #wrap(fixture: Fixture): Fixture {
    const known = this.#wrapped.get(fixture);
    if (known !== undefined) return known;
    const wrapped = async (): Promise<unknown> => {
      const before = new Set(this.#reached);
      this.#reached.clear();
      const made = await fixture();
      const all = this.#inFixture.get(fixture) ?? new Set<number>();
      for (const point of this.#reached) all.add(point);
      this.#inFixture.set(fixture, all);
      for (const point of before) this.#reached.add(point);
      return made;
    };
    this.#wrapped.set(fixture, wrapped);
    return wrapped;
  }
}
