/** Several threads on one evaluation: the same bytes as one. */
import { expect } from "chai";
import fc from "fast-check";
import { generatePack, parsePack, type KeyPack } from "../../../../offchain/fhe/ckks/key-pack.ts";
import { expandPolynomial, keySetId } from "../../../../offchain/fhe/ckks/key-set.ts";
import { N8192_D6_S1 } from "../../../../offchain/fhe/ckks/named-sets.ts";
import type { ParameterSet } from "../../../../offchain/fhe/ckks/parameters.ts";
import { primesOf } from "../../../../offchain/fhe/ckks/residues.ts";
import { generateSecret } from "../../../../offchain/fhe/ckks/secret.ts";
import { untrusted } from "../../../../offchain/fhe/ckks/untrusted.ts";
import type { EncryptedOutput } from "../../../../offchain/fhe/engine/engine.ts";
import { loadSimdModel } from "../../../../offchain/fhe/engine/simd.ts";
import type { CheckedPlan } from "../../../../offchain/fhe/plan/typecheck.ts";
import { startNodeThread } from "../../../../offchain/node/evaluation/node-thread.ts";
import { subjectOf } from "../../../../scripts/bench/inference/subject.ts";
import { compactorFor, createUser, readInput } from "../../../../scripts/bench/inference/user.ts";
import { OWNER, SALT, testRandom } from "../ckks/fixtures.ts";
import { joinResidues } from "./hand-plan.ts";
import { PAIRED, randomHoistedPlan, randomStep } from "./hoisted-random-plan.ts";

const THREADS = [2, 3];

function bytesOf([output]: readonly EncryptedOutput[]): Buffer {
  if (output.kind === "compact") return Buffer.from(output.bytes);
  const { c0, c1 } = output.ciphertext;
  return Buffer.from(joinResidues(c0, c1).buffer);
}

function uniformConstants(params: ParameterSet, { plan }: CheckedPlan): Uint32Array {
  return joinResidues(
    ...plan.constants.map(({ kind, level, basis }, i) => {
      const residues = expandPolynomial(new Uint8Array(32).fill(4), `constant/${i}`, params, level, basis);
      const primes = primesOf(params, level, basis);
      return kind === "plain" ? residues : Uint32Array.from(primes, (_, k) => residues[k * params.n]);
    }),
  );
}

describe("threads of the simd engine", function () {
  this.timeout(180_000);

  it("give the bytes of one thread for the digits model", async () => {
    const { inputs, ...subject } = await subjectOf("digits", 2);
    const { checked, constants } = subject.compile({ semantics: "hoisted-1" });
    const { plan } = checked;
    const user = await createUser(checked, testRandom("threads"));
    using scope = new DisposableStack();
    const open = async (count: number) => {
      const model = scope.use(await loadSimdModel(checked, constants, { threads: { count, start: startNodeThread } }));
      expect(model.memory.threads).to.equal(count);
      return scope.use(await model.openKeys([user.pack]));
    };
    const alone = await open(1);
    const together = await Promise.all(THREADS.map(open));
    const results = new Set<string>();
    for (const values of inputs) {
      const input = readInput(plan, user.keySet, user.encrypt(values));
      const options = compactorFor(plan, user.pack, input);
      const expected = bytesOf(await alone.run([input], options));
      results.add(expected.toString("hex"));
      for (const engine of together)
        expect(bytesOf(await engine.run([input], options)).equals(expected)).to.equal(true);
    }
    expect(results.size).to.equal(inputs.length);
  });

  for (const params of [N8192_D6_S1.set, PAIRED]) {
    it(`give them for plans at random, ${params.id}`, async () => {
      const secret = generateSecret(params, testRandom(`threads/${params.id}`));
      const keySet = keySetId(OWNER, SALT, params);
      const packOf = async ({ plan }: CheckedPlan): Promise<KeyPack[]> => {
        if (plan.keys.length === 0) return [];
        const bytes = await generatePack(secret, keySet, plan.keys);
        return [parsePack(untrusted(bytes), { params, keySetId: keySet, maxBytes: bytes.length })];
      };
      const property = fc.asyncProperty(fc.array(randomStep, { minLength: 1, maxLength: 5 }), async (steps) => {
        const checked = randomHoistedPlan(params, steps);
        const constants = uniformConstants(params, checked);
        const packs = await packOf(checked);
        const [{ level, scale }] = checked.plan.inputs;
        const [c0, c1] = ["c0", "c1"].map((part) =>
          expandPolynomial(new Uint8Array(32).fill(3), `x/${part}`, params, level, "Q"),
        );
        const input = { params, keySetId: keySet, level, scale, c0, c1 };
        const results: string[] = [];
        for (const count of [1, ...THREADS]) {
          using model = await loadSimdModel(checked, constants, { threads: { count, start: startNodeThread } });
          using user = await model.openKeys(packs);
          results.push(bytesOf(await user.run([input])).toString("base64"));
        }
        expect(new Set(results).size).to.equal(1);
      });
      await fc.assert(property, { numRuns: 4, seed: 11 });
    });
  }
});
