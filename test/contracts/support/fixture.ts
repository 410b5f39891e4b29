import { Contract, ContractFactory, encodeBytes32String, type Signer } from "ethers";

import { contractAt } from "../../../offchain/chain/contracts.ts";
import { getHubParameters, type HubParameters } from "../../../offchain/chain/requests.ts";
import { type DeployedContracts, type Deployment, ETHER, type Hex } from "../../../offchain/chain/types.ts";
import { readArtifact } from "../../../scripts/deploy/artifacts.ts";
import { deployCloakwork } from "../../../scripts/deploy/deploy-cloakwork.ts";
import { LOCAL_PARAMETERS } from "../../../scripts/deploy/parameters.ts";
import { ethers, networkHelpers } from "./network.ts";
import { blobRoot, bytes32, encryptionKey } from "./values.ts";

/** Seconds an epoch of the fixture takes: longer than a test goes on without meaning to. */
export const EPOCH = 600;
export const BOND = 10n ** 16n;
/** What a duty costs that is let pass. */
export const MISS = (BOND * BigInt(LOCAL_PARAMETERS.hub.missPenaltyBps)) / 10_000n;
export const STAKE = 10n ** 18n;
export const MODEL_FEE = 3_000n;
export const NODE_FEE = 5_000n;
/** Local hubs set a fifth of a node fee aside for audits. */
export const AUDIT_FEE = NODE_FEE / 5n;
export const TOTAL = MODEL_FEE + NODE_FEE + AUDIT_FEE;
export const PARAMS = bytes32("params");

type Account = Awaited<ReturnType<typeof ethers.getSigners>>[number];

/** All contracts, deployed by the script that deploys them anywhere, with accounts for every part. */
export interface World {
  readonly deployment: Deployment;
  readonly contracts: DeployedContracts;
  readonly parameters: HubParameters;
  readonly owner: Account;
  readonly user: Account;
  readonly nodes: readonly Account[];
  readonly stranger: Account;
  readonly balances: Contract;
  readonly models: Contract;
  readonly access: Contract;
  readonly registry: Contract;
  readonly keys: Contract;
  readonly hub: Contract;
  readonly disputes: Contract;
  readonly callbacks: Contract;
}

/** A world with one model, three nodes that serve it and a key set of the user's. */
export interface Market extends World {
  readonly modelId: bigint;
  readonly keySetId: Hex;
}

/** The contracts alone. */
export async function deployed(): Promise<World> {
  return await deployedWith({ epochLength: EPOCH });
}

async function deployedWith(access: Partial<typeof LOCAL_PARAMETERS.access>, all = LOCAL_PARAMETERS): Promise<World> {
  const [deployer, owner, user, a, b, c, stranger] = await ethers.getSigners();
  const deployment = await deployCloakwork(deployer, {
    parameters: { ...all, access: { ...all.access, ...access } },
  });
  const { contracts } = deployment;
  const at = (name: keyof DeployedContracts): Contract => contractAt(stranger, contracts, name);
  return {
    deployment,
    contracts,
    parameters: await getHubParameters(ethers.provider, contracts),
    owner,
    user,
    nodes: [a, b, c],
    stranger,
    balances: at("balances"),
    models: at("modelRegistry"),
    access: at("modelAccess"),
    registry: at("nodeRegistry"),
    keys: at("keyRegistry"),
    hub: at("hub"),
    disputes: at("disputes"),
    callbacks: at("callbacks"),
  };
}

/** The contracts with a model, nodes that serve it and a key set. */
export async function market(): Promise<Market> {
  return await openMarket(await deployed());
}

/** The same with short epochs whose lists are forgotten soon. */
export async function forgetfulMarket(): Promise<Market> {
  return await withMoreNodes(await openMarket(await deployedWith({ epochLength: 60, retention: 1 })));
}

/** A market with seven nodes and other parameters, but for the length of epochs. */
export async function marketWith(parameters: typeof LOCAL_PARAMETERS): Promise<Market> {
  return await withMoreNodes(await openMarket(await deployedWith({ epochLength: EPOCH }, parameters)));
}

async function openMarket(world: World): Promise<Market> {
  const { owner, user, nodes, models, keys } = world;
  await call(models, owner, "register", [terms(), version()]);
  for (const [i, node] of nodes.entries()) await addNode(world, node, i + 1);
  await nextEpoch();
  await call(keys, user, "register", [bytes32("salt"), PARAMS, [pack("a")], bytes32("compact"), "https://keys"]);
  const keySetId = (await keys.getFunction("keySetIdOf")(user.address, bytes32("salt"), PARAMS)) as Hex;
  return { ...world, modelId: 1n, keySetId };
}

/** A market with seven nodes. */
export async function fullMarket(): Promise<Market> {
  return await withMoreNodes(await market());
}

async function withMoreNodes(m: Market): Promise<Market> {
  const more = (await ethers.getSigners()).slice(7, 11);
  for (const [i, node] of more.entries()) await addNode(m, node, i + 10);
  await nextEpoch();
  return { ...m, nodes: [...m.nodes, ...more] };
}

/** Deploys one of the contracts of `contracts/testing`. */
export async function deployTesting(name: string, args: readonly unknown[] = []): Promise<Contract> {
  const [signer] = await ethers.getSigners();
  const { abi, bytecode } = readArtifact(`testing/${name}`);
  const contract = await new ContractFactory(abi, bytecode, signer).deploy(...args);
  await contract.waitForDeployment();
  return new Contract(contract.target, abi, signer);
}

/** Loads a fixture from its snapshot, and its time: the chain's clock would go on as far from it as the tests since then took. */
export async function load<T>(fixture: () => Promise<T>): Promise<T> {
  const world = await networkHelpers.loadFixture(fixture);
  const { time } = networkHelpers;
  await time.setNextBlockTimestamp((await time.latest()) + 1);
  return world;
}

/** Sends a transaction; the promise settles when it is mined or refused. */
export async function call(contract: Contract, from: Signer, method: string, args: readonly unknown[], value = 0n) {
  const sent = await new Contract(contract.target, contract.interface, from)
    .getFunction(method)
    .send(...args, { value });
  await sent.wait();
  return sent;
}

export function terms(over: Partial<{ token: Hex; modelFee: bigint; nodeFee: bigint }> = {}) {
  return { token: ETHER, modelFee: MODEL_FEE, nodeFee: NODE_FEE, ...over };
}

export function plan(over: Partial<Record<string, unknown>> = {}) {
  return {
    planDigest: bytes32("plan"),
    weightsRoot: bytes32("weights"),
    packageRoot: bytes32("package"),
    paramsDigest: PARAMS,
    semantics: encodeBytes32String("seal-4.1"),
    units: 1,
    ...over,
  };
}

export function version(over: Partial<Record<string, unknown>> = {}) {
  return {
    noiseRoot: bytes32("noise"),
    manifestRoot: bytes32("manifest"),
    manifestUri: "https://manifest",
    plans: [plan(), plan({ planDigest: bytes32("batch plan"), units: 10 })],
    ...over,
  };
}

export function pack(label: string) {
  return { blobRoot: bytes32(`${label} blob`), residuesRoot: bytes32(`${label} residues`), size: 1_000n };
}

/** Registers a node, authorises it for version 1 of model 1 and has it join; it serves from the next epoch on. */
export async function addNode(world: World, node: Account, byte: number, bond = BOND): Promise<void> {
  await call(world.registry, node, "register", [encryptionKey(byte), `https://node-${byte}`], STAKE);
  await call(world.access, world.owner, "authorise", [
    1,
    1,
    node.address,
    bytes32(`envelope ${byte}`),
    "https://envelope",
  ]);
  await call(world.access, node, "join", [1, 1, bond]);
}

/** Goes on to the first second of the next epoch. */
export async function nextEpoch(epochs = 1): Promise<void> {
  await networkHelpers.time.increase(EPOCH * epochs);
}

/** What a request asks for, valid unless changed. */
export async function requestParams(m: Market, over: Partial<Record<string, unknown>> = {}) {
  return {
    modelId: m.modelId,
    version: 1,
    planIndex: 0,
    replicas: 1,
    keySetId: m.keySetId,
    input: { blobRoot: bytes32("input"), residuesRoot: bytes32("residues"), size: 1_234n, uri: "https://input" },
    token: ETHER,
    maxFee: TOTAL,
    deadline: (await networkHelpers.time.latest()) + 500,
    ...over,
  };
}

/** Makes a request; its id. */
export async function request(m: Market, over: Partial<Record<string, unknown>> = {}): Promise<bigint> {
  const price = TOTAL + NODE_FEE * (BigInt((over["replicas"] as number | undefined) ?? 1) - 1n);
  await call(m.hub, m.user, "request", [await requestParams(m, { maxFee: price, ...over })], price);
  return (await m.hub.getFunction("requestCount")()) as bigint;
}

/** Decides the draw of a request; the node it fell on. */
export async function assign(m: Market, requestId: bigint): Promise<Account> {
  await networkHelpers.mine(2);
  await call(m.hub, m.stranger, "assign", [requestId]);
  return await nodeOf(m, requestId);
}

/** The node whose duty a request is. */
export async function nodeOf(m: Market, requestId: bigint): Promise<Account> {
  const [duty] = (await m.hub.getFunction("dutiesOf")(requestId)) as readonly { node: string }[];
  const node = m.nodes.find(({ address }) => address === duty.node);
  if (node === undefined) throw new Error(`${duty.node} is no node of the fixture`);
  return node;
}

/** The binding digest of a request, as the hub has it. */
export async function bindingOf(m: Market, requestId: bigint): Promise<Hex> {
  return (await m.hub.getFunction("bindingOf")(requestId)) as Hex;
}

/** Makes a request and has the drawn node accept it. */
export async function accepted(m: Market): Promise<{ requestId: bigint; node: Account }> {
  const requestId = await request(m);
  const node = await assign(m, requestId);
  await call(m.hub, node, "accept", [requestId, await bindingOf(m, requestId)]);
  return { requestId, node };
}

/** An inline result of so many bytes. */
export function inline(size: number) {
  const data = Uint8Array.from({ length: size }, (_, i) => (i * 31 + 7) & 0xff);
  return { kind: 0, size, digest: blobRoot(data), data };
}

/** Makes a request and has the drawn node accept it and post a result of 2,112 bytes. */
export async function posted(m: Market): Promise<{ requestId: bigint; node: Account }> {
  const { requestId, node } = await accepted(m);
  await call(m.hub, node, "post", [requestId, inline(2_112)]);
  return { requestId, node };
}

/** The number of a request's state. */
export async function stateOf(m: Market, requestId: bigint): Promise<number> {
  return Number(((await m.hub.getFunction("requestOf")(requestId)) as { state: bigint }).state);
}

/** IHubTypes.RequestState. */
export const STATE = {
  requested: 1,
  assigned: 2,
  accepted: 3,
  committed: 4,
  posted: 5,
  rejected: 6,
  challenged: 7,
  settled: 8,
  refunded: 9,
};

/** What the vault owes an account, in wei. */
export async function owed(m: World, account: string, token: Hex = ETHER): Promise<bigint> {
  return (await m.balances.getFunction("balanceOf")(token, account)) as bigint;
}
