import { ChevronRight } from "lucide-react";
import Link from "next/link";

import type { ModelCard } from "../../offchain/client/types.ts";
import { titleOf } from "../lib/model-card.ts";
import { figuresOf, planFor } from "../lib/model-figures.ts";
import { Price } from "./price.tsx";
import { ModelStatusBadge } from "./model-status.tsx";
import { Skeleton } from "./skeleton.tsx";

/** Models one below the other, with price and figures in columns so that they can be compared. */
export function ModelList({ models }: { readonly models: readonly ModelCard[] }) {
  return (
    <ul className="divide-y divide-line border-y border-line">
      {models.map((card) => (
        <li key={card.modelId.toString()}>
          <ModelRow card={card} />
        </li>
      ))}
    </ul>
  );
}

function ModelRow({ card }: { readonly card: ModelCard }) {
  const { modelId, manifest, problems } = card;
  const price = card.prices?.[manifest ? planFor(manifest).index : 0];
  const figures = manifest ? figuresOf(manifest) : [];
  return (
    <Link
      href={`/model/?id=${modelId}`}
      className="group relative grid gap-x-8 gap-y-4 py-6 pr-8 outline-offset-4 zones:grid-cols-[minmax(0,1fr)_auto] zones:items-center"
    >
      <ChevronRight
        aria-hidden
        className="absolute right-0 top-7 size-5 text-muted group-hover:text-accent zones:top-1/2 zones:-translate-y-1/2"
      />
      <div className="min-w-0 space-y-1">
        <p className="flex flex-wrap items-baseline gap-x-3">
          <span className="text-title font-strong group-hover:text-accent">{titleOf(card)}</span>
          <ModelStatusBadge card={card} />
        </p>
        <p className="max-w-[56ch] text-muted [overflow-wrap:anywhere]">
          {manifest?.description ?? problems[0]?.message ?? "Its description could not be read."}
        </p>
      </div>
      <dl className="grid grid-cols-2 gap-x-8 gap-y-3 sm:grid-cols-[repeat(4,auto)]">
        <Figure name="Price">{price ? <Price price={price} token={card.token} /> : "—"}</Figure>
        {figures.map(({ name, value, brief }) => (
          <Figure key={name} name={name}>
            <span className="font-mono">{value}</span>
            {brief !== undefined && <span className="block text-small text-muted">{brief}</span>}
          </Figure>
        ))}
      </dl>
    </Link>
  );
}

function Figure({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <div className="min-w-24">
      <dt className="text-small text-muted">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The list before the chain has answered. */
export function ModelListSkeleton() {
  return (
    <div role="status" className="divide-y divide-line border-y border-line">
      <span className="sr-only">Reading the models from the chain</span>
      {[0, 1].map((i) => (
        <div key={i} className="grid gap-x-8 gap-y-4 py-6 zones:grid-cols-[minmax(0,1fr)_auto] zones:items-center">
          <div className="space-y-2">
            <Skeleton className="h-7 w-56" />
            <Skeleton className="h-5 w-full max-w-md" />
          </div>
          <div className="grid grid-cols-2 gap-x-8 gap-y-3 sm:grid-cols-4">
            {[0, 1, 2, 3].map((k) => (
              <Skeleton key={k} className="h-11 w-24" />
            ))}
          </div>
        </div>
      ))}
    </div>
  );
}
