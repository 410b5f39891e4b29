"use client";

import Link from "next/link";
import { useSearchParams } from "next/navigation";
import { useEffect } from "react";

import { titleOf } from "../lib/model-card.ts";
import { planFor } from "../lib/model-figures.ts";
import { useModel } from "../lib/use-models.ts";
import { Button } from "./button.tsx";
import { BatchPlans } from "./batch-plans.tsx";
import { Digest } from "./digest.tsx";
import { Empty } from "./empty.tsx";
import { Failure } from "./failure.tsx";
import { Markdown } from "./markdown.tsx";
import { ModelFigures } from "./model-figures.tsx";
import { ModelStatusBadge } from "./model-status.tsx";
import { PlanLevels } from "./plan-levels.tsx";
import { PageTitle } from "./page-title.tsx";
import { PageSkeleton } from "./skeleton.tsx";
import { Stale } from "./stale.tsx";
import { TryIt } from "./try-it.tsx";

/** Codes of problems that mean that no model has the number. */
const UNKNOWN: ReadonlySet<string> = new Set(["MODEL_REGISTRY_UNKNOWN_MODEL", "ERC721_NONEXISTENT_TOKEN"]);

function SeeModels() {
  return (
    <Button asChild weight="filled">
      <Link href="/">See the models</Link>
    </Button>
  );
}

/** `?id=1` or undefined for anything that is no positive number. */
function idFrom(text: string | null): bigint | undefined {
  return text !== null && /^[1-9]\d{0,30}$/.test(text) ? BigInt(text) : undefined;
}

function hashFrom(text: string | null): `0x${string}` | undefined {
  return text !== null && /^0x[0-9a-f]{64}$/i.test(text) ? (text as `0x${string}`) : undefined;
}

/** One model: what it does, what it costs, trying it, and what its owner says of it. */
export function ModelPage() {
  const query = useSearchParams();
  const modelId = idFrom(query.get("id"));
  const transaction = hashFrom(query.get("transaction"));
  const requestId = idFrom(query.get("request"));
  const model = useModel(modelId);

  const named = model.data === undefined ? undefined : titleOf(model.data);
  useEffect(() => {
    if (named !== undefined) document.title = `${named} · Cloakwork`;
  }, [named]);

  if (modelId === undefined)
    return (
      <>
        <PageTitle title="No model was chosen" />
        <Empty title="The address of this page lacks the number of a model" action={<SeeModels />}>
          Nothing of yours is affected.
        </Empty>
      </>
    );
  if (model.data === undefined) {
    return model.isError ? (
      <>
        <PageTitle title={`Model ${modelId}`} />
        <Failure
          title="This model could not be read from the chain"
          consequence="Nothing of yours is affected."
          detail={model.error.message}
          action={{ label: "Ask again", onClick: () => void model.refetch() }}
        />
      </>
    ) : (
      <PageSkeleton label="Reading the model from the chain" />
    );
  }
  const card = model.data;
  const { manifest, problems } = card;
  if (problems.some(({ code }) => UNKNOWN.has(code))) {
    return (
      <>
        <PageTitle title={`Model ${modelId}`} />
        <Empty title={`There is no model ${modelId} on this chain`} action={<SeeModels />}>
          The address may be mistyped, or meant for another chain.
        </Empty>
      </>
    );
  }
  return (
    <div className="space-y-10">
      <div>
        <PageTitle title={titleOf(card)}>
          {manifest && <p>{manifest.description}</p>}
          <p className="mt-2 flex flex-wrap items-center gap-x-5 gap-y-1 text-small">
            <ModelStatusBadge card={card} />
            {card.version && <span>Version {card.version.version}</span>}
            {card.nodes && (
              <span>{card.nodes.length === 1 ? "1 node serves it" : `${card.nodes.length} nodes serve it`}</span>
            )}
            {card.model && (
              <span className="flex items-center gap-2">
                Owner <Digest value={card.model.owner} what="owner" />
              </span>
            )}
          </p>
        </PageTitle>
        {model.isError && (
          <Stale since={model.dataUpdatedAt} reason={model.error.message} onRetry={() => void model.refetch()} />
        )}
        <ModelFigures card={card} />
      </div>
      {problems.map((problem) => (
        <Failure
          key={problem.part}
          title={`Not everything about this model could be read: ${problem.part}`}
          consequence={`${problem.message} ${problem.next}`}
          action={{ label: "Ask again", onClick: () => void model.refetch() }}
        />
      ))}
      {manifest && <TryIt card={card} manifest={manifest} place={{ requestId, transaction }} />}
      {manifest && card.version && (
        <PlanLevels modelId={modelId} version={card.version.version} planIndex={planFor(manifest).index} />
      )}
      {manifest && <BatchPlans card={card} manifest={manifest} />}
      {manifest && manifest.card.trim() !== "" && (
        <section aria-labelledby="card" className="border-t border-line pt-10">
          <h2 id="card" className="mb-4 text-title">
            What its owner says
          </h2>
          <Markdown source={manifest.card} title={manifest.title} />
        </section>
      )}
    </div>
  );
}
