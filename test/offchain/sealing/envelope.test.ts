import { expect } from "chai";
import { inspect } from "node:util";

import { fromHex, toHex, type Hex } from "../../../offchain/digest/hex.ts";
import { MAX_ENVELOPE_BYTES, openEnvelope, sealEnvelope } from "../../../offchain/sealing/envelope.ts";
import { generateNodeKey, importNodeKey, nodePublicKey, type NodeKey } from "../../../offchain/sealing/node-key.ts";
import { SecretBytes } from "../../../offchain/sealing/secret-bytes.ts";
import { checkCommitment, encodeVersionKeys, type VersionKeys } from "../../../offchain/sealing/version-keys.ts";
import { failure, vectors } from "./helpers.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const utf8 = (string: string): Uint8Array => new TextEncoder().encode(string);
const newNode = async (): Promise<NodeKey> => importNodeKey(await generateNodeKey());

interface Envelope {
  protected: string;
  iv: string;
  ciphertext: string;
  tag: string;
  recipients: { encrypted_key: string; header: { kid: string } & Record<string, unknown> }[];
}

const { envelope } = vectors;

describe("Node keys", function () {
  this.timeout(20_000);

  it("of the vectors have the point and the thumbprint a second implementation gives", async () => {
    const key = await importNodeKey(envelope.nodeKey);
    expect(key.publicKey.point).to.equal(envelope.point);
    expect(key.publicKey.kid).to.equal(envelope.kid);
    expect((await nodePublicKey(envelope.point as Hex)).kid).to.equal(envelope.kid);
  });

  it("cannot be exported once imported", async () => {
    const { privateKey } = await newNode();
    const outcome = await crypto.subtle.exportKey("jwk", privateKey).then(
      () => "exported",
      () => "refused",
    );
    expect(outcome).to.equal("refused");
  });

  it("are refused off the curve, at infinity, compressed, short or long", async () => {
    const point = fromHex(envelope.point);
    const off = Uint8Array.from(point, (byte, i) => (i === 64 ? byte ^ 1 : byte));
    const compressed = Uint8Array.from(point.subarray(0, 33), (byte, i) => (i === 0 ? 2 + (point[64] & 1) : byte));
    const hybrid = Uint8Array.from(point, (byte, i) => (i === 0 ? 6 + (point[64] & 1) : byte));
    const outside = new Uint8Array(65).fill(0xff);
    outside[0] = 4;
    const zero = new Uint8Array(65);
    zero[0] = 4;
    const bad = [off, compressed, hybrid, outside, zero, Uint8Array.of(0), point.subarray(0, 64), new Uint8Array(66)];
    for (const one of bad) await failure(nodePublicKey(toHex(one)), "NODE_KEY_INVALID");
    await failure(nodePublicKey("0xzz"), "NODE_KEY_INVALID");
  });

  it("are refused when the halves do not belong together, on another curve, or public alone, without quoting the key", async () => {
    const [one, two] = await Promise.all([generateNodeKey(), generateNodeKey()]);
    const bad: unknown[] = [
      { ...one, d: two.d },
      { ...one, crv: "P-384" },
      { ...one, kty: "OKP" },
      { kty: "EC", crv: "P-256", x: one.x, y: one.y },
      { ...one, d: "A".repeat(43) },
      { ...one, d: `${one.d}A` },
      null,
      "text",
    ];
    for (const jwk of bad) {
      const error = await failure(importNodeKey(jwk), "NODE_KEY_INVALID");
      expect(inspect(error, { depth: 10 }))
        .to.not.include(one.d)
        .and.not.include(two.d);
    }
  });
});

describe("Envelopes", function () {
  this.timeout(20_000);

  let keys: VersionKeys;
  let node: NodeKey;
  let other: NodeKey;

  before(async () => {
    [node, other] = await Promise.all([newNode(), newNode()]);
    keys = await openEnvelope(utf8(envelope.sealed), await importNodeKey(envelope.nodeKey));
  });

  /** An envelope to `node`, changed. */
  const changed = async (change: (jwe: Envelope) => void): Promise<Uint8Array> => {
    const jwe = JSON.parse(text(await sealEnvelope(keys, [node.publicKey]))) as Envelope;
    change(jwe);
    return utf8(JSON.stringify(jwe));
  };

  it("made by a second implementation open byte for byte", () => {
    expect(text(encodeVersionKeys(keys))).to.equal(envelope.plaintext);
    expect(toHex(keys.packages[0].contentKey.reveal())).to.equal(envelope.keys.packages[0].contentKey);
  });

  it("open for each of their nodes, and say nothing of the keys in the clear", async () => {
    const sealed = await sealEnvelope(keys, [node.publicKey, other.publicKey]);
    for (const one of [node, other]) {
      expect(text(encodeVersionKeys(await openEnvelope(sealed, one)))).to.equal(envelope.plaintext);
    }
    expect(text(sealed)).to.not.include(envelope.keys.packages[0].contentKey.slice(2));
    const jwe = JSON.parse(text(sealed)) as Envelope;
    expect(JSON.parse(Buffer.from(jwe.protected, "base64url").toString())).to.deep.equal({
      alg: "ECDH-ES+A256KW",
      enc: "A256GCM",
    });
  });

  it("of another recipient are told apart from damaged ones", async () => {
    await failure(openEnvelope(await sealEnvelope(keys, [other.publicKey]), node), "ENVELOPE_OTHER_RECIPIENT");
  });

  it("do not open with the wrong key under the right name", async () => {
    const sealed = await changed((jwe) => {
      jwe.recipients[0].header.kid = other.publicKey.kid;
    });
    await failure(openEnvelope(sealed, other), "ENVELOPE_NOT_AUTHENTIC");
  });

  it("do not open when any part was changed", async () => {
    const flip = (part: string): string => {
      const bytes = Buffer.from(part, "base64url");
      bytes[bytes.length >> 1] ^= 1;
      return bytes.toString("base64url");
    };
    for (const part of ["protected", "iv", "ciphertext", "tag"] as const) {
      const sealed = await changed((jwe) => {
        jwe[part] = flip(jwe[part]);
      });
      await failure(openEnvelope(sealed, node), "ENVELOPE_NOT_AUTHENTIC");
    }
    const sealed = await changed((jwe) => {
      jwe.recipients[0].encrypted_key = flip(jwe.recipients[0].encrypted_key);
    });
    await failure(openEnvelope(sealed, node), "ENVELOPE_NOT_AUTHENTIC");
  });

  it("do not open under another algorithm, whoever names it", async () => {
    for (const header of [
      { alg: "dir", enc: "A256GCM" },
      { alg: "ECDH-ES", enc: "A256GCM" },
      { alg: "ECDH-ES+A256KW", enc: "A128GCM" },
    ]) {
      const sealed = await changed((jwe) => {
        const stated = JSON.parse(Buffer.from(jwe.protected, "base64url").toString()) as object;
        jwe.protected = Buffer.from(JSON.stringify({ ...stated, ...header })).toString("base64url");
      });
      await failure(openEnvelope(sealed, node), "ENVELOPE_NOT_AUTHENTIC");
    }
  });

  it("are refused when they are not envelopes", async () => {
    const bad = [
      utf8(""),
      utf8("null"),
      utf8("[]"),
      utf8("{"),
      Uint8Array.of(0xff, 0xfe),
      new Uint8Array(MAX_ENVELOPE_BYTES + 1),
      await changed((jwe) => {
        jwe.recipients = [];
      }),
      await changed((jwe) => {
        jwe.recipients = Array.from({ length: 65 }, () => jwe.recipients[0]);
      }),
      await changed((jwe) => {
        jwe.tag = "not base64url!";
      }),
      await changed((jwe) => {
        Object.assign(jwe, { unprotected: { zip: "DEF" } });
      }),
    ];
    for (const bytes of bad) await failure(openEnvelope(bytes, node), "ENVELOPE_FORMAT");
  });

  it("are refused when what opens is not the keys of a version, without quoting it", async () => {
    const { GeneralEncrypt } = await import("jose");
    const good = envelope.plaintext;
    const bad = [
      "secret words",
      "{}",
      ` ${good}`,
      good.replace('"version":1', '"version":2'),
      good.replace(/"contentKey":"0x../, '"contentKey":"0x'),
      JSON.stringify({ ...envelope.keys, packages: [] }),
      JSON.stringify({ ...envelope.keys, extra: "secret words" }),
    ];
    for (const plaintext of bad) {
      const jwe = new GeneralEncrypt(utf8(plaintext)).setProtectedHeader({ alg: "ECDH-ES+A256KW", enc: "A256GCM" });
      jwe.addRecipient(node.publicKey.key).setUnprotectedHeader({ kid: node.publicKey.kid });
      const error = await failure(openEnvelope(utf8(JSON.stringify(await jwe.encrypt())), node), "ENVELOPE_FORMAT");
      expect(inspect(error, { depth: 10 }))
        .to.not.include("secret words")
        .and.not.include(envelope.keys.noiseSecret);
    }
  });

  it("need between 1 and 64 recipients", async () => {
    const outcome = async (count: number) =>
      sealEnvelope(
        keys,
        Array.from({ length: count }, () => node.publicKey),
      ).then(
        (bytes) => bytes.length,
        (error: unknown) => (error as Error).name,
      );
    expect(await outcome(0)).to.equal("RangeError");
    expect(await outcome(65)).to.equal("RangeError");
    expect(await outcome(64)).to.be.lessThan(MAX_ENVELOPE_BYTES);
  });

  it("are compared with the chain, root by root", () => {
    const [one] = keys.packages;
    const plans = [{ packageRoot: one.packageRoot, weightsRoot: one.weightsRoot }];
    checkCommitment(keys, { noiseRoot: keys.noiseRoot, plans });
    const other32 = `0x${"00".repeat(32)}`;
    const bad = [
      { noiseRoot: other32, plans },
      { noiseRoot: keys.noiseRoot, plans: [] },
      { noiseRoot: keys.noiseRoot, plans: [...plans, ...plans] },
      { noiseRoot: keys.noiseRoot, plans: [{ ...plans[0], packageRoot: other32 }] },
      { noiseRoot: keys.noiseRoot, plans: [{ ...plans[0], weightsRoot: other32 }] },
    ];
    for (const commitment of bad) {
      expect(() => checkCommitment(keys, commitment))
        .to.throw()
        .with.property("code", "ENVELOPE_COMMITMENT");
    }
  });
});

describe("Secret bytes", () => {
  it("do not print, serialise or outlive their disposal", () => {
    const bytes = Uint8Array.from({ length: 32 }, (_, i) => i + 100);
    const secret = new SecretBytes(bytes);
    expect(inspect({ secret }, { depth: 10, showHidden: true }))
      .to.include("redacted")
      .and.not.include("100");
    expect(String(secret)).to.equal("SecretBytes(redacted)");
    expect(() => JSON.stringify({ secret }))
      .to.throw()
      .with.property("code", "SECRET_NOT_SERIALISABLE");
    expect(Object.keys(secret)).to.deep.equal([]);
    const held = secret.reveal();
    expect(held).to.deep.equal(bytes);
    secret[Symbol.dispose]();
    expect(held).to.deep.equal(new Uint8Array(32));
    expect(() => secret.reveal())
      .to.throw()
      .with.property("code", "SECRET_WIPED");
  });

  it("are drawn anew each time", () => {
    expect(toHex(SecretBytes.random32().reveal())).to.not.equal(toHex(SecretBytes.random32().reveal()));
  });
});
