"use client";

import { useQuery } from "@tanstack/react-query";
import { useConnection } from "wagmi";

import { useWorker } from "../components/worker-provider.tsx";

/** The licences of the connected account; nothing is asked while there is none. */
export function useLicences() {
  const worker = useWorker();
  const { address } = useConnection();
  return useQuery({
    queryKey: ["licences", address],
    queryFn: ({ signal }) => worker.call("licences", address!, { signal }),
    enabled: address !== undefined,
    // An owner gives one while the licensee waits for it: it is there at the next look.
    staleTime: 0,
    refetchInterval: 30_000,
  });
}
