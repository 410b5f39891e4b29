"use client";

import { useConnection } from "wagmi";

import { ETHER, type Quote } from "../../offchain/chain/types.ts";
import type { ModelCard } from "../../offchain/client/types.ts";
import { availability } from "../lib/model-card.ts";
import type { RunControl } from "../lib/use-run.ts";
import { Button } from "./button.tsx";
import { priceText } from "./price.tsx";
import { RunFailure } from "./run-failure.tsx";
import { useSettings } from "./settings-provider.tsx";
import { useVault } from "./vault-provider.tsx";
import { Underway } from "./underway.tsx";
import { SwitchChain } from "./wallet-account.tsx";
import { useWalletDialog } from "./wallet-provider.tsx";

interface RunActionProps {
  readonly card: ModelCard;
  readonly price: Quote | undefined;
  readonly values: Float32Array | undefined;
  readonly control: RunControl;
  readonly onReset: () => void;
}

const CLOSED = {
  "no-node":
    "No node takes requests for this model now. You can come back later; nothing can be asked or paid until one does.",
  paused: "Its owner has paused this model. It takes no requests until the owner resumes it.",
  retired: "Its owner has retired this model. It takes no requests any more; answers to earlier ones stay readable.",
  unknown: "The state of this model could not be read from the chain.",
} as const;

const GOES_ON = "You can close this page. The request goes on, and the answer stays on the chain until you read it.";

/** The next thing to do, as the one filled button of the page, and a sentence about it. */
export function RunAction({ card, price, values, control, onReset }: RunActionProps) {
  const { chain } = useSettings();
  const wallet = useConnection();
  const { open: chooseWallet } = useWalletDialog();
  const vault = useVault();
  const { run } = control;
  const open = availability(card);
  const money = price ? priceText(price, card.token, chain.currency) : "";
  const again = () => {
    onReset();
    control.reset();
  };

  if (run.failure !== undefined && run.phase === "failed")
    return <RunFailure run={run} onAgain={again} onGoesOn={control.goOn} />;

  switch (run.phase) {
    case "idle":
      if (open !== "open") return <Next disabled label="Encrypt on this device" note={CLOSED[open]} />;
      if (!wallet.isConnected) {
        return (
          <Next
            label="Connect a wallet"
            note="Keys belong to an account, so a wallet comes first. Nothing is paid by connecting."
            onClick={chooseWallet}
          />
        );
      }
      if (wallet.chainId !== chain.id) {
        return (
          <div className="space-y-2">
            <div className="w-fit">
              <SwitchChain />
            </div>
            <p className="text-small text-muted">
              Your wallet is on chain {wallet.chainId}; this model is on {chain.name}.
            </p>
          </div>
        );
      }
      return (
        <Next
          disabled={values === undefined || price === undefined}
          label="Encrypt on this device"
          note={
            values === undefined
              ? "Give the whole input first."
              : "Nothing leaves yet: you see the ciphertext before you pay."
          }
          onClick={() => {
            if (values && price) void control.encrypt(values, price);
          }}
        />
      );
    case "encrypting":
      return (
        <div className="space-y-4">
          <Underway steps={control.steps} />
          <div className="flex flex-wrap items-center gap-3">
            {/* Keys keep one button from becoming another under a finger. */}
            <Button key="stop" onClick={control.stop}>
              Stop
            </Button>
            <p className="text-small text-muted">You can go on using this page. Stopping costs nothing.</p>
          </div>
        </div>
      );
    case "encrypted":
      return (
        <div className="space-y-3">
          {run.failure && (
            <p role="alert" className="rounded-lg bg-wait-soft p-3 text-small">
              {run.failure.message} {run.failure.next}
              {control.steps.some(({ id, state }) => id === "upload" && state === "failed") && " Nothing was paid."}
            </p>
          )}
          <div className="flex flex-wrap items-center gap-3">
            <Button
              key="pay"
              weight="filled"
              wraps
              disabled={price === undefined}
              onClick={() => {
                if (price) void control.send(price);
              }}
            >
              Pay {money} and send
            </Button>
            <Button weight="quiet" onClick={control.reset}>
              Change the input
            </Button>
          </div>
          <p className="text-small text-muted">
            The contract holds the money until there is a result; without one you get it back.
          </p>
        </div>
      );
    case "sending":
      return (
        <div className="space-y-4">
          <Underway steps={control.steps} />
          <p className="text-small text-muted">
            {control.steps.some(({ id, transaction }) => id === "pay" && transaction !== undefined)
              ? GOES_ON
              : `Uploading, then your wallet asks you to ${price === undefined || price.token === ETHER ? `confirm ${money}` : `allow ${money}, and then to send it`}.`}
          </p>
        </div>
      );
    case "following":
      return (
        <div className="space-y-4">
          <Underway steps={control.steps} />
          <p className="text-small text-muted">{GOES_ON}</p>
        </div>
      );
    case "locked":
      return (
        <div className="space-y-2">
          {run.failure && (
            <p role="alert" className="text-small text-fail">
              {run.failure.message} {run.failure.next}
            </p>
          )}
          <Next
            label={vault.status === "missing" ? "Open it with your key" : "Unlock and read the answer"}
            note={
              vault.status === "missing"
                ? "The answer is on the chain, encrypted. The key to it is not on this device: if the request is yours, restore the backup of your vault."
                : "The answer is on the chain, encrypted. The key to it is in your vault."
            }
            onClick={() => void control.open()}
          />
        </div>
      );
    case "answered":
    case "failed":
      return (
        <Next
          label="Ask something else"
          note="The keys are made already, so the next question is quicker."
          onClick={again}
        />
      );
  }
}

interface NextProps {
  readonly label: string;
  readonly note: string;
  readonly disabled?: boolean;
  readonly onClick?: () => void;
}

function Next({ label, note, disabled = false, onClick }: NextProps) {
  return (
    <div className="space-y-2">
      <Button key={label} weight="filled" disabled={disabled} onClick={onClick}>
        {label}
      </Button>
      <p className="text-small text-muted">{note}</p>
    </div>
  );
}
