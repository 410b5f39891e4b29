"use client";

import { useQuery } from "@tanstack/react-query";

import { useWorker } from "../components/worker-provider.tsx";

/** All models of the deployment. */
export function useModels() {
  const worker = useWorker();
  return useQuery({
    queryKey: ["models"],
    queryFn: ({ signal }) => worker.call("models", undefined, { signal }),
    refetchInterval: 30_000,
  });
}

/** One model. */
export function useModel(modelId: bigint | undefined) {
  const worker = useWorker();
  return useQuery({
    queryKey: ["model", modelId?.toString()],
    queryFn: ({ signal }) => worker.call("model", modelId!, { signal }),
    enabled: modelId !== undefined,
    refetchInterval: 15_000,
  });
}
