"use client";

import { useModels } from "../lib/use-models.ts";
import { Empty } from "./empty.tsx";
import { Failure } from "./failure.tsx";
import { Hero } from "./hero.tsx";
import { ModelList, ModelListSkeleton } from "./model-list.tsx";
import { Stale } from "./stale.tsx";

/** What this is, in one picture, and the models to choose from. */
export function Home() {
  const models = useModels();
  return (
    <>
      <Hero />
      <section aria-labelledby="models">
        <h2 id="models" className="mb-4 mt-14 text-title">
          Models
        </h2>
        {models.data !== undefined && models.isError && (
          <Stale since={models.dataUpdatedAt} reason={models.error.message} onRetry={() => void models.refetch()} />
        )}
        {models.data !== undefined ? (
          models.data.length > 0 ? (
            <ModelList models={models.data} />
          ) : (
            <Empty title="No model has been published here yet">
              Models appear as soon as their owner registers them on this chain. With the command line:{" "}
              <code className="whitespace-nowrap font-mono text-small text-ink">cloakwork model publish</code>
            </Empty>
          )
        ) : models.isError ? (
          <Failure
            title="The models could not be read from the chain"
            consequence="Nothing of yours is affected. The list comes back as soon as the chain answers."
            detail={models.error.message}
            action={{ label: "Ask again", onClick: () => void models.refetch() }}
          />
        ) : (
          <ModelListSkeleton />
        )}
      </section>
    </>
  );
}
