"use client";

import type { TokenInfo } from "../../offchain/chain/tokens.ts";
import type { Quote } from "../../offchain/chain/types.ts";
import type { Replicas } from "../../offchain/client/types.ts";
import { cn } from "../lib/cn.ts";
import { possibleReplicas, priceFor } from "../lib/replicas.ts";
import { Price } from "./price.tsx";

interface ReplicaChoiceProps {
  /** Nodes that serve the model now. */
  readonly serving: number;
  /** For one node. */
  readonly single: Quote;
  readonly token: TokenInfo | undefined;
  readonly value: Replicas;
  readonly onChange: (replicas: Replicas) => void;
}

/** How many nodes evaluate the request, prices beside each other. Nothing to choose while fewer than three serve the model. */
export function ReplicaChoice({ serving, single, token, value, onChange }: ReplicaChoiceProps) {
  const choices = possibleReplicas(serving);
  if (choices.length < 2) return null;
  return (
    <fieldset className="space-y-2">
      <legend className="text-small text-muted">Nodes that compute the answer</legend>
      <div className="flex flex-wrap gap-2">
        {choices.map((count) => (
          <label
            key={count}
            className={cn(
              "flex cursor-pointer items-baseline gap-2 rounded-lg border px-3 py-2 has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent",
              count === value ? "border-ink" : "border-line text-muted",
            )}
          >
            <input
              type="radio"
              name="replicas"
              className="sr-only"
              checked={count === value}
              onChange={() => {
                onChange(count);
              }}
            />
            <span className="whitespace-nowrap font-strong">{count === 1 ? "1 node" : `${count} nodes`}</span>
            <span className="text-small">
              <Price price={priceFor(single, count)} token={token} />
            </span>
          </label>
        ))}
      </div>
      <p className="text-small text-muted">
        {value === 1
          ? "One node answers, with its bond at stake."
          : `Each answers without seeing the others. What more than half of the ${value} say is the answer; without such an answer you get your money back.`}
      </p>
    </fieldset>
  );
}
