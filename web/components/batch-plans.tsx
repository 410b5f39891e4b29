import type { ModelCard } from "../../offchain/client/types.ts";
import type { Manifest } from "../../offchain/sealing/manifest.ts";
import { batchPlansOf } from "../lib/model-figures.ts";
import { Price } from "./price.tsx";

interface BatchPlansProps {
  readonly card: ModelCard;
  readonly manifest: Manifest;
}

/** What many inputs in one request take, where the model has a plan for it beside the one this page asks. */
export function BatchPlans({ card, manifest }: BatchPlansProps) {
  const plans = batchPlansOf(manifest);
  if (plans.length === 0) return null;
  return (
    <section aria-labelledby="batches" className="border-t border-line pt-10">
      <h2 id="batches" className="mb-4 text-title">
        Many inputs in one request
      </h2>
      <ul className="space-y-4">
        {plans.map(({ index, inputs, accuracy, bytes, evaluation }) => {
          const price = card.prices?.[index];
          return (
            <li key={index}>
              <p>
                {inputs} for {price ? <Price price={price} token={card.token} /> : "a price that could not be read"}
              </p>
              <p className="mt-0.5 max-w-[60ch] text-small text-muted">
                {accuracy}; {bytes}; {evaluation}.
              </p>
            </li>
          );
        })}
      </ul>
      <p className="mt-4 max-w-[60ch] text-small text-muted">
        This page asks about one input at a time. Batches are asked with the command:{" "}
        <code className="font-mono">cloakwork infer {card.modelId.toString()} --batch inputs.json</code>
      </p>
    </section>
  );
}
