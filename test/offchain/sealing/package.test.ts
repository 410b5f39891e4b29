import { expect } from "chai";

import { toHex } from "../../../offchain/digest/hex.ts";
import { blobRoot, weightsRoot } from "../../../offchain/digest/merkle.ts";
import type { Plan } from "../../../offchain/fhe/plan/plan.ts";
import { sealBody } from "../../../offchain/sealing/body.ts";
import { openPackage, sealPackage, versionKeys } from "../../../offchain/sealing/package.ts";
import { SecretBytes } from "../../../offchain/sealing/secret-bytes.ts";
import type { VersionKeys } from "../../../offchain/sealing/version-keys.ts";
import { reference } from "../digest/reference.ts";
import { collect, failure, pieces } from "./helpers.ts";

// Enough of a plan to hold constants; any primes bound residues.
const DATA = [1_073_643_521, 1_073_692_673, 1_073_479_681];
const SPECIAL = [1_073_741_441];
const N = 8192;

const plan: Plan = {
  version: 1,
  semantics: "seal-4.1",
  compiler: "test/1",
  model: "test",
  inputs: [],
  instructions: [{ op: "mulPlain", a: 0, constant: 4 }],
  outputs: [],
  keys: [],
  layers: [],
  estimates: { keyBytes: 0, inputBytes: 0, resultBytes: 0, errorBound: "1", milliseconds: 0 },
  params: { version: 1, id: "test", n: N, data: DATA, special: SPECIAL, groups: [[0], [1], [2]] },
  constants: [
    { kind: "plain", basis: "Q", level: 3, scale: 2 ** 30 },
    { kind: "scalar", basis: "Q", level: 2, scale: 2 ** 30 },
    { kind: "plain", basis: "QP", level: 1, scale: { like: 0 } },
    { kind: "scalar", basis: "QP", level: 3, scale: 2 ** 30 },
    { kind: "plain", basis: "Q", level: 1, scale: 2 ** 30 },
  ],
};
const PRIMES = [DATA, DATA.slice(0, 2), [DATA[0], ...SPECIAL], [...DATA, ...SPECIAL], [DATA[0]]];

/** Residues that differ from place to place, and reach the largest of each prime. */
const constants = (): Uint32Array[] =>
  plan.constants.map(({ kind }, c) => {
    const residues = kind === "scalar" ? 1 : N;
    return Uint32Array.from({ length: residues * PRIMES[c].length }, (_, i) => {
      const prime = PRIMES[c][Math.floor(i / residues)];
      return i % 97 === 0 ? prime - 1 : (i * 2_654_435 + c) % prime;
    });
  });

const joined = (parts: readonly Uint32Array[]): Uint32Array => Uint32Array.from(parts.flatMap((part) => [...part]));
const bytesOf = (words: Uint32Array): Uint8Array => new Uint8Array(words.buffer, words.byteOffset, words.byteLength);

interface Sealed {
  readonly body: Uint8Array;
  readonly keys: VersionKeys;
  readonly chain: { noiseRoot: string; plans: { packageRoot: string; weightsRoot: string }[] };
}

async function seal(): Promise<Sealed> {
  const one = sealPackage(plan, joined(constants()));
  const body = await collect(one.body);
  expect(body.length).to.equal(one.bytes);
  return published(body, versionKeys([one.keys()]));
}

const published = (body: Uint8Array, keys: VersionKeys): Sealed => ({
  body,
  keys,
  chain: {
    noiseRoot: keys.noiseRoot,
    plans: keys.packages.map(({ packageRoot, weightsRoot: weights }) => ({ packageRoot, weightsRoot: weights })),
  },
});

const open = ({ body, keys, chain }: Sealed) => openPackage(pieces(body, 77_777), plan, keys, chain, 0);

describe("Packages", function () {
  this.timeout(20_000);
  let sealed: Sealed;

  before(async () => {
    sealed = await seal();
  });

  it("open to the same residues, with the roots the reference gives", async () => {
    expect(await open(sealed)).to.deep.equal(joined(constants()));
    const [one] = sealed.keys.packages;
    const flat = Buffer.concat(
      constants().flatMap((c) =>
        Array.from(c, (residue) => {
          const word = Buffer.alloc(4);
          word.writeUInt32LE(residue);
          return word;
        }),
      ),
    );
    expect(one.weightsRoot).to.equal(reference("weights", flat, [], Buffer.from(one.packageSecret.reveal())).root);
    expect(one.packageRoot).to.equal(reference("blob", Buffer.from(sealed.body), []).root);
  });

  it("carry no weight in the clear", () => {
    const run = Buffer.from(constants()[0].buffer).subarray(400, 416);
    expect(Buffer.from(sealed.body).includes(run)).to.equal(false);
  });

  it("are sealed under fresh keys each time", async () => {
    const again = await seal();
    const [a, b] = [sealed.keys.packages[0], again.keys.packages[0]];
    expect(toHex(a.contentKey.reveal())).to.not.equal(toHex(b.contentKey.reveal()));
    expect(toHex(a.packageSecret.reveal())).to.not.equal(toHex(b.packageSecret.reveal()));
    expect(a.weightsRoot).to.not.equal(b.weightsRoot);
    expect(sealed.keys.noiseRoot).to.not.equal(again.keys.noiseRoot);
  });

  it("are sealed once: a second reading would use a nonce twice", async () => {
    const one = sealPackage(plan, joined(constants()));
    expect(() => one.keys()).to.throw("not sealed");
    await collect(one.body);
    const outcome = await collect(one.body).then(
      () => "sealed again",
      (error: unknown) => (error as Error).message,
    );
    expect(outcome).to.equal("a package is sealed once");
  });

  it("do not open when envelope and chain disagree, before the body is touched", async () => {
    const { keys, chain } = sealed;
    // eslint-disable-next-line require-yield -- reading it at all is the failure
    function* untouched(): Generator<Uint8Array> {
      throw new Error("the body was read");
    }
    const zero = `0x${"00".repeat(32)}`;
    for (const bad of [
      { ...chain, noiseRoot: zero },
      { ...chain, plans: [{ ...chain.plans[0], weightsRoot: zero }] },
      { ...chain, plans: [{ ...chain.plans[0], packageRoot: zero }] },
    ]) {
      await failure(openPackage(untouched(), plan, keys, bad, 0), "ENVELOPE_COMMITMENT");
    }
  });

  it("do not open when the noise secret is not the one committed to", async () => {
    const keys = { ...sealed.keys, noiseSecret: SecretBytes.random32() };
    await failure(open({ ...sealed, keys }), "PACKAGE_COMMITMENT");
  });

  it("do not open when the weights inside are not those committed to, though everything is authentic", async () => {
    const [one] = sealed.keys.packages;
    const other = constants();
    other[4][17] ^= 1;
    const flat = bytesOf(joined(other));
    const body = await collect(sealBody(one.contentKey, [flat], flat.length));
    const forged = { ...sealed.keys, packages: [{ ...one, packageRoot: blobRoot(body) }] };
    await failure(open(published(body, forged)), "PACKAGE_COMMITMENT");
  });

  it("do not open when the body is another authentic one than the chain names", async () => {
    const [one] = sealed.keys.packages;
    const flat = bytesOf(joined(constants()));
    const body = await collect(sealBody(one.contentKey, [flat], flat.length));
    await failure(open({ ...sealed, body }), "PACKAGE_COMMITMENT");
  });

  it("do not open when a number is not a residue of its prime, though committed to", async () => {
    const [one] = sealed.keys.packages;
    const bad = constants();
    bad[2][N] = SPECIAL[0];
    const flat = bytesOf(joined(bad));
    const body = await collect(sealBody(one.contentKey, [flat], flat.length));
    const root = weightsRoot(flat, one.packageSecret.reveal());
    const forged = { ...sealed.keys, packages: [{ ...one, packageRoot: blobRoot(body), weightsRoot: root }] };
    await failure(open(published(body, forged)), "PACKAGE_RESIDUES");
  });

  it("of another plan's size, truncated or flipped are refused", async () => {
    const smaller = { ...plan, constants: plan.constants.slice(1) };
    const { body, keys, chain } = sealed;
    await failure(openPackage([body], smaller, keys, chain, 0), "BODY_SIZE");
    await failure(open({ ...sealed, body: body.subarray(0, -1) }), "BODY_TRUNCATED");
    const flipped = Uint8Array.from(body);
    flipped[1000] ^= 4;
    await failure(open({ ...sealed, body: flipped }), "BODY_NOT_AUTHENTIC");
  });

  it("are not sealed from weights that do not belong to the plan", () => {
    const refused = (given: Uint32Array, shape = plan) =>
      expect(() => sealPackage(shape, given))
        .to.throw()
        .with.property("code", "PACKAGE_CONSTANTS");
    refused(joined(constants().slice(1)));
    refused(joined([...constants(), Uint32Array.of(1)]));
    const large = constants();
    large[1][1] = DATA[1];
    refused(joined(large));
    const zero = constants();
    zero[4].fill(0);
    refused(joined(zero));
    const short = plan.constants.map((constant, i) => (i === 0 ? { ...constant, level: 2 } : constant));
    refused(joined(constants()), { ...plan, constants: short });
  });
});
