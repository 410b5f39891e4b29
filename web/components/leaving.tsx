"use client";

import { Coins } from "lucide-react";

import type { TokenInfo } from "../../offchain/chain/tokens.ts";
import { ETHER, type Quote } from "../../offchain/chain/types.ts";
import type { ManifestPlan } from "../../offchain/sealing/manifest.ts";
import { cn } from "../lib/cn.ts";
import type { Crossing } from "../lib/run.ts";
import { CipherTile } from "./cipher-tile.tsx";
import { Price } from "./price.tsx";

interface LeavingProps {
  readonly plan: ManifestPlan;
  readonly price: Quote | undefined;
  /** Of the token the price is in, if any. */
  readonly token: TokenInfo | undefined;
  /** What has crossed so far. */
  readonly crossings: readonly Crossing[];
  readonly paid: boolean;
}

/** The ledger of this request: all that will leave this device and all that comes back, filled in as it happens. */
export function Leaving({ plan, price, token, crossings, paid }: LeavingProps) {
  const at = (step: Crossing["step"]) => crossings.find((crossing) => crossing.step === step);
  const keys = at("keys");
  const input = at("upload");
  const result = at("posted");
  const { keyBytes, inputBytes, resultBytes } = plan.estimates;
  return (
    <div className="space-y-7">
      <div className="space-y-4">
        <p className="text-small text-muted">{paid ? "What left this device" : "What will leave this device"}</p>
        <CipherTile
          name="Keys that compute but cannot open"
          size={keys?.size ?? keyBytes}
          sample={keys?.sample}
          note={keys ? "there for all requests" : paid ? "there from before" : "once, for all requests"}
        />
        <CipherTile name="Your input, encrypted" size={input?.size ?? inputBytes} sample={input?.sample} />
        <div className="flex items-center gap-3">
          <span
            aria-hidden
            className={cn(
              "flex size-12 shrink-0 items-center justify-center rounded border",
              paid ? "border-ink bg-ink text-page" : "border-dashed border-edge/70 text-muted",
            )}
          >
            {price === undefined || price.token === ETHER ? "Ξ" : <Coins className="size-5" />}
          </span>
          <p>
            <span className={cn("block", paid ? "font-strong" : "text-muted")}>The payment</span>
            <span className="block text-small text-muted">
              {price ? <Price price={price} token={token} /> : "not known while the model takes no requests"} · held by
              the contract until there is a result
            </span>
          </p>
        </div>
      </div>
      <div className="space-y-4">
        <p className="text-small text-muted">{result ? "What came back" : "What will come back"}</p>
        <CipherTile
          name="The answer, encrypted"
          size={result?.size ?? resultBytes}
          sample={result?.sample}
          note="through the chain itself"
        />
      </div>
      <p className="max-w-[46ch] text-small text-muted">
        Everybody also sees that your account asked this model, and when. Nobody sees what you asked or what it
        answered.
      </p>
    </div>
  );
}
