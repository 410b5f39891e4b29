"use client";

import { Coins } from "lucide-react";
import type { ReactNode } from "react";

import type { TokenInfo } from "../../offchain/chain/tokens.ts";
import { ETHER, type Hex, type Quote } from "../../offchain/chain/types.ts";
import type { ManifestPlan } from "../../offchain/sealing/manifest.ts";
import { cn } from "../lib/cn.ts";
import type { Crossing, Money } from "../lib/run.ts";
import { CipherTile } from "./cipher-tile.tsx";
import { Price } from "./price.tsx";

interface LeavingProps {
  readonly plan: ManifestPlan;
  /** What was paid, or what it costs. */
  readonly price: Pick<Quote, "token" | "total"> | undefined;
  /** Of the token the price is in, if any. */
  readonly token: TokenInfo | undefined;
  /** What has crossed so far. */
  readonly crossings: readonly Crossing[];
  readonly money: Money;
}

/** Where the payment is, after its amount. */
const HELD: Readonly<Record<Money, string>> = {
  unpaid: "held by the contract until there is a result",
  held: "held by the contract until there is a result",
  earned: "goes to node and owner when the request is settled",
  due: "held by the contract for you to take back",
  back: "was held by the contract",
};

/** The ledger of this request: all that will leave this device and all that comes back, filled in as it happens. */
export function Leaving({ plan, price, token, crossings, money }: LeavingProps) {
  const paid = money !== "unpaid";
  const failed = money === "due" || money === "back";
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
        <Payment name="The payment" unit={price?.token} real={paid}>
          {price ? <Price price={price} token={token} /> : "not known while the model takes no requests"} ·{" "}
          {HELD[money]}
        </Payment>
      </div>
      <div className="space-y-4">
        <p className="text-small text-muted">
          {result !== undefined || money === "back" ? "What came back" : "What will come back"}
        </p>
        {failed ? (
          <Payment name="The payment" unit={price?.token} real={money === "back"}>
            {price && <Price price={price} token={token} />} ·{" "}
            {money === "back" ? "to your balance at the contract; no answer" : "no answer"}
          </Payment>
        ) : (
          <CipherTile
            name="The answer, encrypted"
            size={result?.size ?? resultBytes}
            sample={result?.sample}
            note="through the chain itself"
          />
        )}
      </div>
      <p className="max-w-[46ch] text-small text-muted">
        Everybody also sees that your account asked this model, and when. Nobody sees what you asked or what it
        answered.
      </p>
    </div>
  );
}

interface PaymentProps {
  readonly name: string;
  /** The token it is in. */
  readonly unit: Hex | undefined;
  /** Whether it was made. */
  readonly real: boolean;
  readonly children: ReactNode;
}

/** Money beside the things made of bytes. */
function Payment({ name, unit, real, children }: PaymentProps) {
  return (
    <div className="flex items-center gap-3">
      <span
        aria-hidden
        className={cn(
          "flex size-12 shrink-0 items-center justify-center rounded border",
          real ? "border-ink bg-ink text-page" : "border-dashed border-edge/70 text-muted",
        )}
      >
        {unit === undefined || unit === ETHER ? "Ξ" : <Coins className="size-5" />}
      </span>
      <p>
        <span className={cn("block", real ? "font-strong" : "text-muted")}>{name}</span>
        <span className="block text-small text-muted">{children}</span>
      </p>
    </div>
  );
}
