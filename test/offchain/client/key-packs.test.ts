import { expect } from "chai";
import fc from "fast-check";

import { keyFromName, keyName } from "../../../offchain/client/key-names.ts";
import { makePack, packEntries, packNeeds } from "../../../offchain/client/key-packs.ts";
import { newKeySet, withSecret } from "../../../offchain/client/key-secrets.ts";
import { Vault } from "../../../offchain/client/vault/vault.ts";
import { wordBytes } from "../../../offchain/digest/bytes.ts";
import { blobRoot, residuesRoot } from "../../../offchain/digest/merkle.ts";
import { entryOf, missingNeeds, type KeyNeed } from "../../../offchain/fhe/ckks/key-need.ts";
import { keySetId } from "../../../offchain/fhe/ckks/key-set.ts";
import { N8192_D6_S1 } from "../../../offchain/fhe/ckks/named-sets.ts";
import { secretCoefficients } from "../../../offchain/fhe/ckks/secret.ts";
import { untrusted } from "../../../offchain/fhe/ckks/untrusted.ts";
import { compactPublicKeyResidues } from "../../../offchain/fhe/result/opened-keys.ts";
import { failure } from "../sealing/helpers.ts";
import { MemoryStore } from "./world.ts";

const { set } = N8192_D6_S1;
const NEEDS: readonly KeyNeed[] = [
  { kind: "galois", element: 3, gadget: 1, level: 1 },
  { kind: "relin", gadget: 1, level: 2 },
  { kind: "switch", ring: 1024, gadget: 2 },
  { kind: "compactPublic", ring: 1024 },
];

describe("key names", () => {
  it("give back every key that a pack can hold", () => {
    const need = fc.oneof(
      fc.record({
        kind: fc.constant("galois" as const),
        element: fc.integer({ min: 1, max: 65_535 }),
        gadget: fc.constant(1 as const),
        level: fc.integer({ min: 1, max: 60 }),
      }),
      fc.record({
        kind: fc.constant("relin" as const),
        gadget: fc.constant(1 as const),
        level: fc.integer({ min: 1, max: 60 }),
      }),
      fc.constantFrom(NEEDS[2], NEEDS[3]),
    );
    fc.assert(
      fc.property(need, (key) => {
        const entry = entryOf(key);
        expect(keyFromName(keyName(entry))).to.deep.equal(entry);
        expect(packNeeds({ keys: [keyName(entry)] })).to.deep.equal([key]);
      }),
    );
  });

  it("of a later version or damaged count as missing", () => {
    for (const name of ["", "9:0:0", "1:3", "1:3:1:1", "x:3:1", "1:-3:1", "constructor:0:0"]) {
      expect(keyFromName(name), name).to.equal(undefined);
    }
  });
});

describe("packs of a vault's key set", function () {
  this.timeout(60_000);
  let vault: Vault;
  const keySet = newKeySet(`0x${"Aa".repeat(20)}`, set);

  before(async () => {
    vault = await Vault.create(new MemoryStore(), "correct horse battery staple");
    await vault.putKeySet(keySet);
  });

  it("belong to an id that follows from owner, salt and parameter set", () => {
    expect(keySet.owner).to.equal(`0x${"aa".repeat(20)}`);
    expect(keySet.id).to.equal(keySetId(keySet.owner, keySet.salt, set));
    expect(newKeySet(keySet.owner, set).id).to.not.equal(keySet.id);
  });

  it("come out the same when they are made again from what the vault remembers", async () => {
    const make = (needs: readonly KeyNeed[]) =>
      withSecret(vault, keySet.id, set, (secret) => makePack(secret, keySet.id, needs));
    const first = await make(NEEDS);
    const again = await make(packNeeds(first.stored));
    expect(again.bytes).to.deep.equal(first.bytes);
    expect(again.stored.root).to.equal(blobRoot(first.bytes));
    expect(missingNeeds(packEntries(first.stored), NEEDS)).to.deep.equal([]);
  });

  it("state the root of the compact public key, where there is one", async () => {
    const [compact, none] = await withSecret(vault, keySet.id, set, async (secret) => [
      await makePack(secret, keySet.id, [NEEDS[3]]),
      await makePack(secret, keySet.id, [NEEDS[0]]),
    ]);
    const body = compact.bytes.subarray(compact.bytes.length - 3456);
    const residues = wordBytes(compactPublicKeyResidues(keySet.id, untrusted(body)));
    expect(compact.compactPublicKeyRoot).to.equal(residuesRoot(residues));
    expect(none.compactPublicKeyRoot).to.equal(undefined);
  });

  it("are stopped by a signal", async () => {
    const controller = new AbortController();
    controller.abort(new Error("enough"));
    const work = withSecret(vault, keySet.id, set, (secret) =>
      makePack(secret, keySet.id, NEEDS, { signal: controller.signal }),
    );
    expect(await work.catch((error: unknown) => error)).to.have.property("message", "enough");
  });

  it("cannot be made without the vault that holds the secret", async () => {
    const other = await Vault.create(new MemoryStore(), "correct horse battery staple");
    const work = withSecret(other, keySet.id, set, () => "used");
    await failure(work, "KEY_SET_NOT_IN_VAULT");
  });

  it("leave no usable secret behind", async () => {
    const kept = await withSecret(vault, keySet.id, set, (secret) => secret);
    expect(() => secretCoefficients(kept))
      .to.throw()
      .with.property("code", "SECRET_WIPED");
  });
});
