"use client";

import { useQuery } from "@tanstack/react-query";

import { SAMPLES } from "../lib/samples.ts";
import { tileSample } from "../lib/tile.ts";
import { Boundary, BoundaryRow } from "./boundary.tsx";
import { CipherTile } from "./cipher-tile.tsx";
import { DigitPreview } from "./digit-preview.tsx";
import { useWorker } from "./worker-provider.tsx";

/** The product in one picture: the same question on both sides of the line. */
export function Hero() {
  const worker = useWorker();
  const latest = useQuery({
    queryKey: ["latest-result"],
    queryFn: ({ signal }) => worker.call("latestResult", undefined, { signal }),
    refetchInterval: 15_000,
  });
  const bytes = latest.data;
  return (
    <div className="space-y-8 sm:space-y-10">
      <div className="max-w-[640px] space-y-3">
        <h1 className="text-display">Ask a model without showing it anything</h1>
        <p className="text-muted">
          Your input is encrypted here, in this browser. Somebody else’s machine computes the answer without being able
          to read the question or the answer. Only you can open it.
        </p>
      </div>
      <Boundary label="What stays here and what leaves">
        <BoundaryRow
          titled
          device={
            <div className="flex items-center gap-5">
              <DigitPreview
                digit={SAMPLES[7].pixels}
                className="size-20 shrink-0 rounded-lg border border-line dark:border-[#d1d1cc]"
              />
              <p>
                Your data, your secret key and the answer.
                <span className="block text-muted">They never cross this line.</span>
              </p>
            </div>
          }
          network={
            bytes ? (
              <div className="space-y-3">
                <CipherTile
                  name="The latest answer on this chain"
                  size={bytes.length}
                  sample={tileSample(bytes)}
                  load={() => Promise.resolve(bytes)}
                  note="look at it"
                />
                <p className="text-muted">Everybody can have it. Only the person who asked can read it.</p>
              </div>
            ) : (
              <p>
                Ciphertext, its size, and what was paid.
                <span className="block text-muted">Whatever is here can be looked at, byte by byte.</span>
              </p>
            )
          }
        />
      </Boundary>
    </div>
  );
}
