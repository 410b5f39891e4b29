import { expect } from "chai";
import { Wallet } from "ethers";

import { getKeySet, registerKeySet } from "../../../offchain/chain/keys.ts";
import type { Hex } from "../../../offchain/chain/types.ts";
import { setKeysUri } from "../../../offchain/client/set-keys-uri.ts";
import { bytes32 } from "../../../offchain/digest/hex.ts";
import { blobRoot } from "../../../offchain/digest/merkle.ts";
import { CloakworkError } from "../../../offchain/errors.ts";
import { sharedWorld, type World } from "./world.ts";

const ROOT = (byte: string): Hex => `0x${byte.repeat(32)}`;

async function errorOf(promise: Promise<unknown>): Promise<CloakworkError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof CloakworkError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("setKeysUri", function () {
  this.timeout(60_000);
  let world: World;
  let keySetId: Hex;
  const packs = [1, 2].map((byte) => new Uint8Array(1_000 + byte).fill(byte));

  before(async () => {
    world = await sharedWorld();
    const signer = new Wallet(world.account(15).privateKey, world.provider);
    const registered = await registerKeySet(signer, world.deployment.contracts, {
      salt: ROOT("5a"),
      paramsDigest: ROOT("44"),
      packs: packs.map((bytes) => ({ blobRoot: blobRoot(bytes), residuesRoot: ROOT("55"), size: bytes.length })),
      compactPublicKeyRoot: ROOT("00"),
      uri: world.blobs.url,
    });
    ({ keySetId } = await registered.wait());
  });

  const uriOnChain = async () => (await getKeySet(world.provider, world.deployment.contracts, keySetId)).uri;

  it("changes nothing before every pack is there in its full size", async () => {
    const client = await world.client(15);
    const { url, store } = await world.servers.blobs({ maxBytes: 10_000 });
    await store.put(packs[0]);
    const error = await errorOf(setKeysUri(client, keySetId, url));
    expect(error.code).to.equal("KEYS_NOT_THERE");
    expect(error.message).to.equal(`${url} serves 1 of the 2 packs of key set ${keySetId}.`);
    expect(error.next).to.include(bytes32(blobRoot(packs[1])));
    expect([client.wallet.sent.length, await uriOnChain()]).to.deep.equal([0, world.blobs.url]);
    await store.put(packs[1]);
    const { uri, mined } = await setKeysUri(client, keySetId, `${url}//`);
    expect([uri, await uriOnChain()]).to.deep.equal([url, url]);
    expect(mined?.hash).to.equal(client.wallet.sent[0].hash);
    expect((await setKeysUri(client, keySetId, url)).mined, "it is there already").to.equal(undefined);
    expect(client.wallet.sent).to.have.length(1);
  });

  it("is refused to anybody but the owner, and for a key set there is not", async () => {
    const { url, store } = await world.servers.blobs({ maxBytes: 10_000 });
    for (const bytes of packs) await store.put(bytes);
    const stranger = await world.client(16);
    expect((await errorOf(setKeysUri(stranger, keySetId, url))).code).to.equal("KEY_REGISTRY_NOT_OWNER");
    expect((await errorOf(setKeysUri(stranger, ROOT("77"), url))).code).to.equal("KEY_REGISTRY_UNKNOWN_KEY_SET");
  });

  it("names no address nodes would not ask: none of one machine, on a chain of many", async () => {
    const client = await world.client(15);
    const elsewhere = { ...client, deployment: { ...client.deployment, chainId: 11155111 } };
    for (const url of ["http://127.0.0.1:9", "https://10.0.0.1", "https://store.internal"]) {
      expect((await errorOf(setKeysUri(elsewhere, keySetId, url))).code, url).to.equal("ENDPOINT_PRIVATE");
    }
    for (const url of ["ftp://example.org", "https://a:b@example.org", "https://example.org/?x", "somewhere"]) {
      expect((await errorOf(setKeysUri(client, keySetId, url))).code, url).to.equal("ENDPOINT_INVALID");
    }
  });
});
