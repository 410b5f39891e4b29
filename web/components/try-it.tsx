"use client";

import { useState } from "react";

import type { ModelCard, Replicas } from "../../offchain/client/types.ts";
import type { Manifest } from "../../offchain/sealing/manifest.ts";
import { planFor } from "../lib/model-figures.ts";
import { possibleReplicas, priceFor } from "../lib/replicas.ts";
import { moneyOf, paidPrice } from "../lib/run.ts";
import { useKeptFocus } from "../lib/use-kept-focus.ts";
import { useRun, type Place } from "../lib/use-run.ts";
import { Answer } from "./answer.tsx";
import { BatchAnswers } from "./batch-answers.tsx";
import { Boundary, BoundaryRow } from "./boundary.tsx";
import { CipherTile } from "./cipher-tile.tsx";
import { Leaving } from "./leaving.tsx";
import { LicensedRun } from "./licensed-run.tsx";
import { ModelInput } from "./model-input.tsx";
import { NotKept } from "./not-kept.tsx";
import { ReplicaChoice } from "./replica-choice.tsx";
import { RunAction } from "./run-action.tsx";
import { Timeline } from "./timeline.tsx";

interface TryItProps {
  readonly card: ModelCard;
  readonly manifest: Manifest;
  /** A request to take up, from the address of the page. */
  readonly place: Place;
}

/** Asking a model: the input and the answer on this device, what left it on the network, and the way between them. */
export function TryIt({ card, manifest, place }: TryItProps) {
  const { plan, index } = planFor(manifest);
  const single = card.prices?.[index];
  const serving = card.nodes?.filter(({ canTake }) => canTake).length ?? 0;
  const [wanted, setWanted] = useState<Replicas>(1);
  // A node that leaves meanwhile takes a choice away.
  const replicas = possibleReplicas(serving).includes(wanted) ? wanted : 1;
  const price = single && priceFor(single, replicas);
  const [values, setValues] = useState<Float32Array | undefined>();
  const control = useRun(
    { modelId: card.modelId, version: card.version?.version ?? 1, planIndex: index, replicas, stated: manifest },
    place,
    (next) => {
      // The address names the request, so that a reload takes it up again.
      const query = new URLSearchParams({ id: card.modelId.toString() });
      if (next.requestId !== undefined) query.set("request", next.requestId.toString());
      else if (next.transaction !== undefined) query.set("transaction", next.transaction);
      window.history.replaceState(null, "", `?${query.toString()}`);
    },
  );
  const { run, steps } = control;
  const started = run.phase !== "idle";
  const paid = paidPrice(run);
  const kept = useKeptFocus<HTMLDivElement>(run.phase);
  // A request taken up after a reload comes without its input: that was never stored.
  const elsewhere = started && values === undefined;
  const result = run.crossings.find(({ step }) => step === "posted");

  return (
    <Boundary label="Ask this model">
      <BoundaryRow
        titled
        device={
          <div className="space-y-6">
            {elsewhere ? (
              <NotKept answered={run.phase === "locked" || run.phase === "answered"} />
            ) : (
              <ModelInput input={manifest.input} values={values} onChange={setValues} disabled={started} />
            )}
            {single && !started && (
              <ReplicaChoice
                serving={serving}
                single={single}
                token={card.token}
                value={replicas}
                onChange={setWanted}
              />
            )}
            <div {...kept} className="outline-none">
              <RunAction
                card={card}
                price={price}
                values={values}
                control={control}
                onReset={() => {
                  setValues(undefined);
                }}
              />
            </div>
            {!started && card.version && (
              <LicensedRun modelId={card.modelId} version={card.version.version} planIndex={index} values={values} />
            )}
          </div>
        }
        network={
          <Leaving
            plan={plan}
            price={paid ?? price}
            // What was paid may be in another currency than is asked for now.
            token={paid === undefined || paid.token === price?.token ? card.token : undefined}
            crossings={run.crossings}
            money={moneyOf(run, steps)}
          />
        }
      />
      <Timeline steps={steps} />
      {run.answer && (
        <BoundaryRow
          device={
            run.answers.length > 1 && run.requestId !== undefined ? (
              <BatchAnswers answers={run.answers} requestId={run.requestId} />
            ) : (
              <Answer answer={run.answer} reveal />
            )
          }
          network={
            result && (
              <div className="space-y-3">
                <p className="text-small text-muted">The same answer, as the network has it</p>
                <CipherTile
                  name={result.name}
                  size={result.size}
                  sample={result.sample}
                  digest={result.digest}
                  load={steps.find(({ id }) => id === "posted")?.objects?.[0]?.load}
                />
              </div>
            )
          }
        />
      )}
    </Boundary>
  );
}
