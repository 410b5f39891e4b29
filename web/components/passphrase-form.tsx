"use client";

import { Eye, EyeOff } from "lucide-react";
import { useId, useState, type ReactNode, type SyntheticEvent } from "react";

import { Button } from "./button.tsx";

interface PassphraseFormProps {
  /** `new` asks twice and wants a length; `known` asks once. */
  readonly kind: "new" | "known";
  readonly action: string;
  /** Part of the key derivation done while the form is busy; undefined while it is not. */
  readonly progress: number | undefined;
  /** Why the last attempt failed, one sentence. */
  readonly failure: string | undefined;
  readonly onSubmit: (passphrase: string) => void;
  readonly children?: ReactNode;
}

type Field = "passphrase" | "again";

/** Fewest characters of a new passphrase; the vault insists on it too. */
const LEAST = 8;

/** Asks for a passphrase. It goes to the worker that holds the vault and nowhere else. */
export function PassphraseForm({ kind, action, progress, failure, onSubmit, children }: PassphraseFormProps) {
  const id = useId();
  const [passphrase, setPassphrase] = useState("");
  const [again, setAgain] = useState("");
  const [shown, setShown] = useState(false);
  const [complaint, setComplaint] = useState<{ readonly field: Field; readonly text: string } | null>(null);
  const busy = progress !== undefined;
  const message = complaint?.text ?? failure;
  const wrong: Field | undefined = message === undefined ? undefined : (complaint?.field ?? "passphrase");

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (busy) return;
    if (kind === "new" && passphrase.length < LEAST) {
      setComplaint({
        field: "passphrase",
        text: `The passphrase needs ${LEAST} characters or more. Four random words are easy to keep and hard to guess.`,
      });
    } else if (kind === "new" && passphrase !== again) {
      setComplaint({ field: "again", text: "The two passphrases are not the same." });
    } else {
      setComplaint(null);
      onSubmit(passphrase);
    }
  };

  const field = (name: Field, label: string, value: string, change: (value: string) => void, complete: string) => (
    <div className="space-y-1.5">
      <label htmlFor={`${id}-${name}`} className="block text-small font-strong">
        {label}
      </label>
      <input
        id={`${id}-${name}`}
        type={shown ? "text" : "password"}
        autoComplete={complete}
        value={value}
        disabled={busy}
        aria-invalid={wrong === name}
        aria-describedby={wrong === name ? `${id}-message` : undefined}
        onChange={(event) => {
          change(event.target.value);
          setComplaint(null);
        }}
        className="h-11 w-full rounded-lg border border-edge bg-surface px-3 aria-invalid:border-fail disabled:text-muted"
      />
    </div>
  );

  return (
    <form className="space-y-4" onSubmit={submit}>
      {field(
        "passphrase",
        "Passphrase",
        passphrase,
        setPassphrase,
        kind === "new" ? "new-password" : "current-password",
      )}
      {kind === "new" && field("again", "The same again", again, setAgain, "new-password")}
      <button
        type="button"
        className="flex min-h-6 items-center gap-2 text-small text-muted hover:text-ink"
        aria-pressed={shown}
        onClick={() => {
          setShown(!shown);
        }}
      >
        {shown ? <EyeOff aria-hidden className="size-4" /> : <Eye aria-hidden className="size-4" />}
        {shown ? "Hide the passphrase" : "Show the passphrase"}
      </button>
      {message !== undefined && (
        <p id={`${id}-message`} role="alert" className="text-small text-fail">
          {message}
        </p>
      )}
      {children}
      <Button type="submit" weight="filled" className="w-full" disabled={busy}>
        {busy ? `Deriving the key, ${Math.round(progress * 100)} %` : action}
      </Button>
    </form>
  );
}
