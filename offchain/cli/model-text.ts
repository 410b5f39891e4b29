/** Models as text. */
import { MAX_INLINE_BYTES } from "../chain/types.ts";
import { choosePlan } from "../client/choose-plan.ts";
import type { ModelCard } from "../client/types.ts";
import { facts, formatAmount, formatBytes, formatShare, table } from "./format.ts";

const UNKNOWN = "?";

/** One line a model, and below it what is wrong with some. */
export function cardTable(cards: readonly ModelCard[]): string {
  if (cards.length === 0) return "No model is published here yet. `cloakwork model publish --help` says how one is.";
  const rows = cards.map((card) => {
    const { modelId, model, manifest, nodes } = card;
    const plan = manifest?.plans[choosePlan(manifest)];
    return [
      modelId.toString(),
      manifest?.title ?? UNKNOWN,
      priceText(card),
      nodes?.length.toString() ?? UNKNOWN,
      plan === undefined ? UNKNOWN : formatShare(Number(plan.accuracy.encrypted)),
      model?.status ?? UNKNOWN,
    ];
  });
  const problems = cards.flatMap(({ modelId, problems: list }) =>
    list.map(({ part, message }) => `Model ${modelId}, ${part}: ${message}`),
  );
  const head = ["ID", "MODEL", "PRICE", "NODES", "ACCURACY", "STATUS"];
  return [table([head, ...rows]), ...(problems.length > 0 ? ["", ...problems] : [])].join("\n");
}

/** All that is known of one model, but its card. */
export function cardDetails(card: ModelCard): string {
  const { modelId, model, version, manifest, nodes, problems } = card;
  const plan = manifest?.plans[choosePlan(manifest)];
  const accuracy =
    plan &&
    `${formatShare(Number(plan.accuracy.encrypted))} under encryption, ${formatShare(Number(plan.accuracy.plain))} without (${plan.accuracy.samples} samples: ${plan.accuracy.data})`;
  const input =
    manifest &&
    `${manifest.input.shape.join(" × ")} numbers from ${manifest.input.range.min} to ${manifest.input.range.max}\n${manifest.input.description}`;
  const output =
    manifest && [manifest.output.labels.join(", "), manifest.output.description].filter(Boolean).join("\n");
  const text = facts([
    ["Model", `${modelId}${manifest ? `  ${manifest.title}` : ""}`],
    ["About", manifest?.description],
    ["Status", model?.status],
    ["Version", version?.version.toString()],
    ["Owner", model?.owner],
    ["Licence", manifest?.license],
    ["Price", priceText(card)],
    ["Nodes", nodes?.map(({ node, endpoint }) => `${node}  ${endpoint}`).join("\n") || undefined],
    ["Input", input],
    ["Output", output],
    ["Accuracy", accuracy],
    ["Error", plan && `at most ±${plan.estimates.errorBound} an output`],
    ["Keys", plan && `${formatBytes(plan.estimates.keyBytes)}, uploaded once`],
    ["Sent", plan && `${formatBytes(plan.estimates.inputBytes)} a request`],
    [
      "Answer",
      plan &&
        `${formatBytes(plan.estimates.resultBytes)}, ${plan.estimates.resultBytes <= MAX_INLINE_BYTES ? "on chain" : "from the nodes"}`,
    ],
    [
      "Evaluation",
      plan && (plan.estimates.milliseconds === 0 ? "not measured" : `about ${plan.estimates.milliseconds} ms`),
    ],
    ["Batches", batchText(card)],
  ]);
  const trouble = problems.map(({ part, message, next }) => `${part}: ${message}\n  ${next}`);
  return [text, ...(trouble.length > 0 ? ["", ...trouble] : [])].join("\n");
}

/** What many inputs in one request take, where there is a plan for it beside the other. */
function batchText({ manifest, prices, token }: ModelCard): string | undefined {
  if (manifest === undefined) return undefined;
  const shown = choosePlan(manifest);
  const lines = manifest.plans.map(({ batch, estimates, accuracy }, index) => {
    if (batch === undefined) return undefined;
    const price = prices?.[index];
    const { inputBytes, resultBytes, milliseconds } = estimates;
    return [
      `up to ${batch} inputs a request (plan ${index})${price ? ` for ${formatAmount(price.total, price.token, token)}` : ""}`,
      `${formatBytes(inputBytes)} sent however few they are, ${formatBytes(resultBytes)} back, fetched from the nodes`,
      ...(index === shown
        ? []
        : [`${formatShare(Number(accuracy.encrypted))} right under encryption (${accuracy.samples} samples)`]),
      ...(milliseconds === 0 ? [] : [`about ${milliseconds} ms of evaluation`]),
    ].join("\n");
  });
  return lines.filter((text) => text !== undefined).join("\n") || undefined;
}

function priceText({ prices, token, manifest, model }: ModelCard): string {
  const price = prices?.[manifest ? choosePlan(manifest) : 0];
  if (price !== undefined) return formatAmount(price.total, price.token, token);
  return model !== undefined && model.status !== "active" ? "none" : UNKNOWN;
}
