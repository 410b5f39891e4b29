import hre from "hardhat";

import { RECORDING } from "./library.ts";

type Network = typeof import("../../test/contracts/support/network.ts");
type Connection = Awaited<ReturnType<typeof hre.network.create>>;
type Request = Connection["provider"]["request"];
type Fixture = () => Promise<unknown>;

/** A chain on which a fixture was made, and how to get back there. */
interface Made {
  readonly request: Request;
  readonly data: unknown;
  /** Points that told while it was made. */
  readonly reached: ReadonlySet<number>;
  snapshot: unknown;
}

/** What a test reaches. */
export interface Reached {
  readonly itself: readonly number[];
  readonly throughFixture: readonly number[];
  /** Names of the fixtures it loads. */
  readonly fixtures: readonly string[];
}

/** What is on while a test runs. */
export interface Choice {
  /** A point, or `RECORDING`, or nothing. */
  readonly chosen: bigint | undefined;
  /** Whether a block is mined after a fixture: a call sees the coinbase of the last block. */
  readonly mines: boolean;
  /** Whether a mutant is on already while fixtures are made. */
  readonly fromGenesis: boolean;
}

/**
 * The chain of the contract tests, with a choice of which mutant is on. Behind it each fixture has a chain of its own: going back to one snapshot
 * of a chain takes all later ones away, so that tests of two fixtures would have to make them again and again.
 */
export class SwitchedChain {
  readonly #network: Network;
  readonly #main: Request;
  readonly #usual: string;
  readonly #made = new Map<Fixture, Made>();
  /** Where fixtures are made under a mutant; holds the last of them. */
  readonly #scratch: { readonly request: Request; genesis: unknown };
  #onScratch: { readonly fixture: Fixture; readonly chosen: bigint | undefined; readonly made: Made } | undefined;
  #current: Request;
  #choice: Choice = { chosen: undefined, mines: false, fromGenesis: false };
  readonly #reached: Set<number>;
  readonly #throughFixture = new Set<number>();
  readonly #fixtures = new Set<string>();

  private constructor(network: Network, reached: Set<number>, main: Request, usual: string, scratch: Request) {
    this.#network = network;
    this.#reached = reached;
    this.#main = main;
    this.#current = main;
    this.#usual = usual;
    this.#scratch = { request: scratch, genesis: undefined };
  }

  /** Opens the chain the tests will use and takes their fixtures over. Call it before a test is loaded. */
  static async open(): Promise<SwitchedChain> {
    const reached = new Set<number>();
    const connections: Connection[] = [];
    hre.hooks.registerHandlers("network", {
      onCoverageData: (_context, tags) => {
        for (const tag of tags) reached.add(Number(BigInt(`0x${tag}`)));
        return Promise.resolve();
      },
      newConnection: async (context, next) => {
        const connection = await next(context);
        connections.push(connection);
        return connection;
      },
    });
    const network = await import("../../test/contracts/support/network.ts");
    const { provider } = connections[0];
    const main = provider.request.bind(provider);
    const { miner } = (await main({ method: "eth_getBlockByNumber", params: ["latest", false] })) as { miner: string };
    const chain = new SwitchedChain(network, reached, main, miner, await newChain());
    chain.#scratch.genesis = await chain.#scratch.request({ method: "evm_snapshot" });
    Object.defineProperty(provider, "request", { value: (asked: Parameters<Request>[0]) => chain.#current(asked) });
    Object.defineProperty(network.networkHelpers, "loadFixture", { value: (fixture: Fixture) => chain.#load(fixture) });
    return chain;
  }

  /** Has a mutant on from now on, or nothing, or every point tell. */
  async choose(choice: Choice): Promise<void> {
    this.#choice = choice;
    this.#current = this.#main;
    await this.#apply();
  }

  /** What was reached since the last call. */
  takeReached(): Reached {
    const taken = {
      itself: [...this.#reached],
      throughFixture: [...this.#throughFixture],
      fixtures: [...this.#fixtures],
    };
    this.#reached.clear();
    this.#throughFixture.clear();
    this.#fixtures.clear();
    return taken;
  }

  async #apply(chosen = this.#choice.chosen): Promise<void> {
    const coinbase = chosen === undefined ? this.#usual : `0x${chosen.toString(16).padStart(40, "0")}`;
    await this.#current({ method: "hardhat_setCoinbase", params: [coinbase] });
  }

  async #load(fixture: Fixture): Promise<unknown> {
    const made = this.#choice.fromGenesis ? await this.#makeOnScratch(fixture) : await this.#find(fixture);
    this.#current = made.request;
    await made.request({ method: "evm_revert", params: [made.snapshot] });
    made.snapshot = await made.request({ method: "evm_snapshot" });
    // Going back to a snapshot goes back to its coinbase, too.
    await this.#apply();
    this.#fixtures.add(fixture.name);
    for (const point of made.reached) this.#throughFixture.add(point);
    if (this.#choice.mines) {
      // The clock of the machine went on since the fixture was made, the chain's must not.
      const { networkHelpers } = this.#network;
      await networkHelpers.time.setNextBlockTimestamp((await networkHelpers.time.latest()) + 1);
      await networkHelpers.mine(1);
    }
    return made.data;
  }

  /** A fixture made while no mutant was on, and every point told. */
  async #find(fixture: Fixture): Promise<Made> {
    const known = this.#made.get(fixture);
    if (known !== undefined) return known;
    const made = await this.#make(fixture, await newChain(), RECORDING);
    this.#made.set(fixture, made);
    return made;
  }

  async #makeOnScratch(fixture: Fixture): Promise<Made> {
    const { chosen } = this.#choice;
    if (this.#onScratch?.fixture === fixture && this.#onScratch.chosen === chosen) return this.#onScratch.made;
    this.#onScratch = undefined;
    const { request, genesis } = this.#scratch;
    await request({ method: "evm_revert", params: [genesis] });
    this.#scratch.genesis = await request({ method: "evm_snapshot" });
    const made = await this.#make(fixture, request, chosen);
    this.#onScratch = { fixture, chosen, made };
    return made;
  }

  async #make(fixture: Fixture, request: Request, chosen: bigint | undefined): Promise<Made> {
    const before = new Set(this.#reached);
    this.#reached.clear();
    this.#current = request;
    await this.#apply(chosen);
    const data = await fixture();
    const snapshot: unknown = await request({ method: "evm_snapshot" });
    const made = { request, data, reached: new Set(this.#reached), snapshot };
    this.#reached.clear();
    for (const point of before) this.#reached.add(point);
    return made;
  }
}

async function newChain(): Promise<Request> {
  const { provider } = await hre.network.create();
  return provider.request.bind(provider);
}
