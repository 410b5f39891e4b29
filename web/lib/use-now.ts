"use client";

import { useEffect, useState } from "react";

/**
 * The present moment, kept current while somebody looks.
 *
 * @param every milliseconds between changes; undefined stops the clock
 * @returns milliseconds since the epoch
 */
export function useNow(every: number | undefined): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (every === undefined) return;
    const timer = setInterval(() => {
      setNow(Date.now());
    }, every);
    return () => {
      clearInterval(timer);
    };
  }, [every]);
  return now;
}
