import { CircleAlert } from "lucide-react";

import { Button } from "./button.tsx";

interface FailureProps {
  /** What happened, without a full stop. */
  readonly title: string;
  /** What it means for the person's money and data. */
  readonly consequence: string;
  /** The cause as the program knows it, for those who want to look closer. */
  readonly detail?: string | undefined;
  /** The one thing to do about it. */
  readonly action?: { readonly label: string; readonly onClick: () => void } | undefined;
}

/** The one form in which the app says that something did not work. */
export function Failure({ title, consequence, detail, action }: FailureProps) {
  return (
    <div role="alert" className="flex gap-3 rounded-lg border border-fail/40 bg-fail-soft p-4 sm:p-5">
      <CircleAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-fail" />
      <div className="min-w-0 space-y-1">
        <p className="font-strong">{title}</p>
        <p className="text-small text-ink">{consequence}</p>
        {detail !== undefined && (
          <details className="pt-1 text-small">
            <summary className="w-fit text-muted underline decoration-line underline-offset-4">
              What the program says
            </summary>
            <p className="mt-1 break-words font-mono text-small text-muted">{detail}</p>
          </details>
        )}
        {action && (
          <div className="pt-2">
            <Button size="small" onClick={action.onClick}>
              {action.label}
            </Button>
          </div>
        )}
      </div>
    </div>
  );
}
