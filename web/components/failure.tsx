import { CircleAlert, CircleCheck } from "lucide-react";

import { cn } from "../lib/cn.ts";
import { Button } from "./button.tsx";

interface FailureProps {
  /** What happened, without a full stop. */
  readonly title: string;
  /** What it means for the person's money and data. */
  readonly consequence: string;
  /** The cause as the program knows it, for those who want to look closer. */
  readonly detail?: string | undefined;
  /** The one thing to do about it. */
  readonly action?: FailureAction | undefined;
  /** What else can be done. */
  readonly other?: FailureAction | undefined;
  /** Nothing is lost and nothing is left to mend: it is said without alarm. */
  readonly calm?: boolean;
}

interface FailureAction {
  readonly label: string;
  readonly onClick: () => void;
}

/** The one form in which the app says that something did not work. */
export function Failure({ title, consequence, detail, action, other, calm = false }: FailureProps) {
  const Icon = calm ? CircleCheck : CircleAlert;
  return (
    <div
      role={calm ? "status" : "alert"}
      className={cn(
        "flex gap-3 rounded-lg border p-4 sm:p-5",
        calm ? "border-line bg-raised" : "border-fail/40 bg-fail-soft",
      )}
    >
      <Icon aria-hidden className={cn("mt-0.5 size-5 shrink-0", calm ? "text-accent" : "text-fail")} />
      <div className="min-w-0 space-y-1 [overflow-wrap:anywhere]">
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
          <div className="flex flex-wrap gap-2 pt-2">
            {[action, ...(other ? [other] : [])].map(({ label, onClick }) => (
              <Button key={label} size="small" onClick={onClick}>
                {label}
              </Button>
            ))}
          </div>
        )}
      </div>
    </div>
  );
}
