"use client";

import { LoaderCircle, Puzzle, ToyBrick } from "lucide-react";
import { useState } from "react";
import { useConnect, useConnectors, type Connector } from "wagmi";

import { PLAY_WALLET_ID } from "../lib/play-wallet.ts";
import { isPromptOpen, isRejection } from "../lib/wallet-errors.ts";
import { useSettings } from "./settings-provider.tsx";

/** The wallets found in this browser, the play wallet last, and what became of the last attempt. */
export function WalletChoice({ onDone }: { readonly onDone: () => void }) {
  const connectors = useConnectors();
  const { chain } = useSettings();
  const { mutateAsync, isPending, error, reset } = useConnect();
  const [chosen, setChosen] = useState<Connector | null>(null);

  const found = connectors.filter(({ id }) => id !== PLAY_WALLET_ID);
  const play = connectors.find(({ id }) => id === PLAY_WALLET_ID);

  const choose = (connector: Connector) => {
    reset();
    setChosen(connector);
    // The list is gone as soon as a wallet is connected, and with it what `mutate` would call.
    void mutateAsync({ connector }).then(onDone, () => undefined);
  };
  const row = (connector: Connector) => ({
    connector,
    busy: isPending && chosen?.uid === connector.uid,
    disabled: isPending,
    onChoose: () => {
      choose(connector);
    },
  });

  return (
    <div className="space-y-4">
      {found.length > 0 ? (
        <ul className="space-y-2">
          {found.map((connector) => (
            <li key={connector.uid}>
              <Row {...row(connector)} note="Found in this browser" />
            </li>
          ))}
        </ul>
      ) : (
        <p className="rounded-lg bg-raised p-4 text-small text-muted">
          No wallet was found in this browser. Wallets that announce themselves to pages (EIP-6963) appear here as soon
          as they are installed and unlocked.
        </p>
      )}
      {play && (
        <div className="space-y-2 border-t border-line pt-4">
          <Row
            {...row(play)}
            note={`For trying out on ${chain.name}. It holds play money, signs without asking, and everybody may know its key.`}
          />
        </div>
      )}
      <p role="status" className="text-small text-muted empty:hidden">
        {isPending && chosen ? `Waiting for ${chosen.name}: confirm there to go on.` : null}
      </p>
      {error && chosen && (
        <p role="alert" className="rounded-lg bg-wait-soft p-3 text-small">
          {isRejection(error)
            ? `You declined in ${chosen.name}. Nothing was shared with this page; choose a wallet to try again.`
            : isPromptOpen(error)
              ? `${chosen.name} already has a question open. Answer it there.`
              : `${chosen.name} did not connect: ${error.message.split("\n")[0]}`}
        </p>
      )}
    </div>
  );
}

interface RowProps {
  readonly connector: Connector;
  readonly note: string;
  readonly busy: boolean;
  readonly disabled: boolean;
  readonly onChoose: () => void;
}

function Row({ connector, note, busy, disabled, onChoose }: RowProps) {
  return (
    <button
      type="button"
      disabled={disabled}
      onClick={onChoose}
      className="flex w-full items-center gap-4 rounded-lg border border-edge bg-surface p-3 text-left hover:bg-raised disabled:hover:bg-surface"
    >
      <Icon connector={connector} />
      <span className="min-w-0 flex-1">
        <span className="block font-strong">{connector.name}</span>
        <span className="block text-small text-muted">{note}</span>
      </span>
      {busy && <LoaderCircle aria-hidden className="size-5 shrink-0 animate-spin text-wait" />}
    </button>
  );
}

function Icon({ connector }: { readonly connector: Connector }) {
  if (connector.icon?.startsWith("data:image/")) {
    return <img src={connector.icon} alt="" className="size-9 shrink-0 rounded-lg" />;
  }
  const Fallback = connector.id === PLAY_WALLET_ID ? ToyBrick : Puzzle;
  return (
    <span className="flex size-9 shrink-0 items-center justify-center rounded-lg bg-raised">
      <Fallback aria-hidden className="size-5 text-muted" />
    </span>
  );
}
