"use client";

import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";

import type { Staircase } from "../lib/plan-staircase.ts";
import { Failure } from "./failure.tsx";
import { Skeleton } from "./skeleton.tsx";
import { useWorker } from "./worker-provider.tsx";

const Chart = dynamic(() => import("./staircase-chart.tsx").then(({ StaircaseChart }) => StaircaseChart), {
  ssr: false,
  loading: () => <Skeleton className="h-56 w-full" />,
});

interface PlanLevelsProps {
  readonly modelId: bigint;
  readonly version: number;
  readonly planIndex: number;
}

/** How the model is computed on ciphertext: its layers, and the levels each of them spends. */
export function PlanLevels({ modelId, version, planIndex }: PlanLevelsProps) {
  const worker = useWorker();
  const plan = useQuery({
    queryKey: ["plan", modelId.toString(), version, planIndex],
    queryFn: ({ signal }) => worker.call("staircase", { modelId, version, planIndex }, { signal }),
    staleTime: Infinity,
  });
  return (
    <section aria-labelledby="plan" className="space-y-5 border-t border-line pt-10">
      <div className="max-w-[68ch] space-y-2">
        <h2 id="plan" className="text-title">
          How it is computed on ciphertext
        </h2>
        <p className="text-muted">
          A ciphertext starts with some levels, and every multiplication in depth spends one. The plan is public; the
          weights in it are not.
        </p>
      </div>
      {plan.data ? (
        <div className="grid gap-8 zones:grid-cols-2 zones:items-start">
          <Chart staircase={plan.data} />
          <Layers staircase={plan.data} />
        </div>
      ) : plan.isError ? (
        <Failure
          title="The plan could not be read"
          consequence="Nothing of yours is affected; without the plan the model cannot be asked."
          detail={plan.error.message}
          action={{ label: "Read it again", onClick: () => void plan.refetch() }}
        />
      ) : (
        <div role="status" className="grid gap-8 zones:grid-cols-2">
          <span className="sr-only">Reading the plan</span>
          <Skeleton className="h-56 w-full" />
          <Skeleton className="h-56 w-full" />
        </div>
      )}
    </section>
  );
}

function Layers({ staircase: { layers, levelBefore, params, instructions } }: { readonly staircase: Staircase }) {
  const number = "py-2 pl-4 text-right font-mono";
  return (
    <div tabIndex={0} role="group" aria-label="Layers of the plan" className="overflow-x-auto">
      <table className="w-full text-small">
        <caption className="pb-2 text-left text-muted">
          {instructions} instructions at <span className="font-mono">{params}</span>, from level {levelBefore}
        </caption>
        <thead>
          <tr className="border-b border-edge">
            <th scope="col" className="py-2 text-left font-strong">
              Layer
            </th>
            <th scope="col" className="py-2 pl-4 text-right font-strong">
              Rotations
            </th>
            <th scope="col" className="py-2 pl-4 text-right font-strong">
              Products
            </th>
            <th scope="col" className="py-2 pl-4 text-right font-strong">
              Levels left
            </th>
          </tr>
        </thead>
        <tbody>
          {layers.map(({ name, kind, rotations, products, levelAfter }, i) => (
            <tr key={i} className="border-b border-line">
              <th scope="row" className="py-2 text-left font-normal">
                {name} {kind !== name && <span className="text-muted">{kind}</span>}
              </th>
              <td className={number}>{rotations}</td>
              <td className={number}>{products}</td>
              <td className={number}>{levelAfter}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
