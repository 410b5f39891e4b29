/** What an owner writes down to publish a model: one JSON file that names the others, so that publishing again is the same command. */
import { readFile } from "node:fs/promises";
import path from "node:path";

import { getAddress, isAddress, parseUnits } from "ethers";
import { z } from "zod";

import { ETHER, type Hex, type Terms } from "../chain/types.ts";
import type { ModelDescription, PublishRequest } from "../publisher/types.ts";
import { malformed, unreadable } from "./errors.ts";
import { readJson, readModelFiles } from "./model-files.ts";
import { readNumbers } from "./tensor-file.ts";

const file = z.string().min(1);
const amount = z.string().regex(/^\d{1,12}(?:\.\d{1,18})?$/, 'expected an amount in quotes, such as "0.001"');
const token = z
  .string()
  .refine((text) => isAddress(text), "expected the address of a token, 0x and 40 digits")
  .transform((text) => getAddress(text) as Hex);
const share = z.number().min(0).max(1);

const schema = z.strictObject({
  /** `model.json` of TensorFlow.js, its weights beside it. */
  model: file,
  name: z.string(),
  title: z.string(),
  description: z.string(),
  /** A Markdown file. */
  card: file,
  license: z.string(),
  input: z.strictObject({
    description: z.string(),
    min: z.number(),
    max: z.number(),
    presentation: z
      .discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("image") }),
        z.strictObject({ kind: z.literal("vector") }),
        z.strictObject({
          kind: z.literal("fields"),
          fields: z.array(
            z.strictObject({ name: z.string(), unit: z.string().optional(), min: z.string(), max: z.string() }),
          ),
        }),
      ])
      .default({ kind: "vector" }),
  }),
  output: z.strictObject({ description: z.string(), labels: z.array(z.string()).default([]) }),
  /** Inputs the bounds are taken from. */
  calibration: file,
  /** Inputs accuracy is measured on under encryption. */
  samples: z.strictObject({ inputs: file, labels: z.array(z.int().nonnegative()).optional(), data: z.string() }),
  /** In ether, or in an ERC-20 token. */
  price: z.strictObject({ model: amount, node: amount, token: token.optional() }),
  maxDrop: share.optional(),
  margin: z.number().optional(),
  bits: z.int().optional(),
  /** A plan for batches beside it: how many times the price a batch costs, and bits of its result. */
  batch: z.strictObject({ units: z.int().positive(), bits: z.int().optional() }).optional(),
  /** What the plan is made for: the SIMD engine, or what node-seal evaluates too. */
  semantics: z.enum(["hoisted-1", "seal-4.1"]).default("hoisted-1"),
  /** Of the polynomials that take the place of activations such as ReLU. */
  degree: z.union([z.literal(2), z.literal(4), z.literal("auto")]).optional(),
});

/**
 * Reads a publication with everything it names.
 *
 * @param at path of the JSON file; paths in it are relative to its folder
 * @param decimalsOf the decimals of a token, asked when the price is in one
 * @throws CliError `FILE_UNREADABLE`, `FILE_INVALID` naming the field; ModelError
 */
export async function readPublication(
  at: string,
  decimalsOf: (token: Hex) => Promise<number>,
): Promise<PublishRequest> {
  const parsed = schema.safeParse(await readJson("publication file", at));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue.path.length === 0 ? "the whole" : issue.path.map(String).join(".");
    throw malformed("publication file", at, `${field}: ${issue.message}`);
  }
  const { data } = parsed;
  const beside = (name: string): string => path.resolve(path.dirname(at), name);
  const {
    name,
    title,
    description,
    license,
    input,
    output,
    samples,
    price,
    maxDrop,
    margin,
    bits,
    semantics,
    degree,
    batch,
  } = data;
  const { labels } = samples;
  return {
    source: await readModelFiles(beside(data.model)),
    compile: {
      calibration: await readNumbers("calibration file", beside(data.calibration)),
      inputRange: { min: input.min, max: input.max },
      labels: output.labels,
      model: name,
      semantics,
      ...(margin !== undefined && { margin }),
      ...(bits !== undefined && { bits }),
      ...(degree !== undefined && { activations: { degree } }),
    },
    samples: {
      inputs: await readNumbers("samples", beside(samples.inputs)),
      data: samples.data,
      ...(labels !== undefined && { labels }),
    },
    ...(maxDrop !== undefined && { maxDrop }),
    ...(batch !== undefined && {
      batch: { units: batch.units, ...(batch.bits !== undefined && { bits: batch.bits }) },
    }),
    description: {
      name,
      title,
      description,
      license,
      card: await readText("card", beside(data.card)),
      input: { description: input.description, presentation: presentationOf(input.presentation) },
      output: { description: output.description },
    },
    terms: termsOf(at, price, price.token === undefined ? 18 : await decimalsOf(price.token)),
  };
}

function termsOf(
  at: string,
  { model, node, token: of = ETHER }: z.output<typeof schema>["price"],
  decimals: number,
): Terms {
  const inUnits = (field: string, text: string): bigint => {
    try {
      return parseUnits(text, decimals);
    } catch {
      throw malformed("publication file", at, `price.${field}: the token has ${decimals} decimals`);
    }
  };
  return { token: of, modelFee: inUnits("model", model), nodeFee: inUnits("node", node) };
}

type Presentation = ModelDescription["input"]["presentation"];

/** The manifest's own type leaves `unit` out where there is none. */
function presentationOf(given: z.output<typeof schema>["input"]["presentation"]): Presentation {
  if (given.kind !== "fields") return given;
  const fields = given.fields.map(({ unit, ...rest }) => ({ ...rest, ...(unit !== undefined && { unit }) }));
  return { kind: "fields", fields };
}

async function readText(what: string, place: string): Promise<string> {
  try {
    return await readFile(place, "utf8");
  } catch (cause) {
    throw unreadable(what, place, cause);
  }
}
