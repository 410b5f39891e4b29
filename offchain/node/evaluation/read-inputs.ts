/** The input of a request in an evaluating worker: one ciphertext, or a batch's, which stay on the disk until they are needed. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

import { bytes32, type Bytes32 } from "../../digest/hex.ts";
import {
  byteSource,
  checkedBatchInput,
  readBatchInput,
  type BatchInput,
  type ByteSource,
} from "../../fhe/ckks/batch-input.ts";
import { parseCiphertext } from "../../fhe/ckks/ciphertext-format.ts";
import { inputRoot, type Ciphertext } from "../../fhe/ckks/ciphertext.ts";
import type { ExpandPolynomial } from "../../fhe/ckks/key-set.ts";
import { untrusted } from "../../fhe/ckks/untrusted.ts";
import type { Plan } from "../../fhe/plan/plan.ts";
import type { FilePayload, InputPayload } from "./messages.ts";
import { Refusal } from "./refusal.ts";

/**
 * Reads an input, as every node must before it accepts. A batch's that was checked before is only read when it is evaluated, a ciphertext at a time, and compared
 * with what was checked: a promise on chain lies between check and evaluation, and what was read cannot be held in memory until then.
 *
 * @param onProgress called after each ciphertext of a batch with the number read and the number in all
 * @throws Refusal, CiphertextError, BatchInputError: the bytes are at fault
 */
export async function readInputs(
  plan: Plan,
  keySetId: Bytes32,
  input: InputPayload | FilePayload,
  expand: ExpandPolynomial,
  onProgress?: (done: number, total: number) => void,
): Promise<BatchInput | readonly [Ciphertext]> {
  const { params, inputs } = plan;
  if (plan.batch !== undefined) {
    const source = untrusted("file" in input ? fileSource(input.file) : byteSource(input.bytes));
    const expected = { params, keySetId, inputs };
    if ("file" in input && input.digests !== undefined) {
      const known = { root: bytes32(input.residuesRoot), digests: input.digests };
      return checkedBatchInput(source, expected, known, { expand });
    }
    const batch = await readBatchInput(source, expected, { expand, onProgress });
    checkRoot(batch.root, input);
    return batch;
  }
  if ("file" in input) throw new TypeError("the input of a plan for one sample is given as bytes");
  const [{ level, scale }] = inputs;
  const expected = { role: "input", params, keySetId, level, scale } as const;
  const ciphertext = parseCiphertext(untrusted(input.bytes), expected);
  checkRoot(inputRoot(ciphertext), input);
  return [ciphertext];
}

function checkRoot(root: Bytes32, { residuesRoot }: Pick<InputPayload, "residuesRoot">): void {
  if (root === bytes32(residuesRoot)) return;
  throw new Refusal("INPUT_ROOT", "The input does not expand to the root the request names.");
}

/** Bytes on the disk, opened for each read: nothing stays open between the steps of a request. */
function fileSource(file: string): ByteSource {
  const withFile = <T>(read: (descriptor: number) => T): T => {
    const descriptor = openSync(file, "r");
    try {
      return read(descriptor);
    } finally {
      closeSync(descriptor);
    }
  };
  return {
    size: withFile((descriptor) => fstatSync(descriptor).size),
    read: (at, length) =>
      withFile((descriptor) => {
        const out = new Uint8Array(length);
        return out.subarray(0, readSync(descriptor, out, 0, length, at));
      }),
  };
}
