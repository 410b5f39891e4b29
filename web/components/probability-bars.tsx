import { cn } from "../lib/cn.ts";
import { formatShare } from "../lib/format.ts";
import { drawnClasses, mostProbable, type ClassProbability } from "../lib/probabilities.ts";

/** A range below this share of the width is thinner than the bar's own edge, and is said in words only. */
const THINNEST = 0.004;

/** Probabilities as bars, the most probable ones where there are many, with what the error bound leaves open as whiskers. */
export function ProbabilityBars({ classes }: { readonly classes: readonly ClassProbability[] }) {
  const best = mostProbable(classes);
  const drawn = drawnClasses(classes);
  const percent = (share: number) => `${(share * 100).toFixed(3)}%`;
  const table = (
    <table className="w-full border-separate border-spacing-y-1 text-small">
      <caption className="sr-only">Probability of each class, with the range that the error bound leaves open</caption>
      <thead className="sr-only">
        <tr>
          <th scope="col">Class</th>
          <th scope="col">Bar</th>
          <th scope="col">Probability</th>
          <th scope="col">Range</th>
        </tr>
      </thead>
      <tbody>
        {drawn.map((each) => {
          const first = each === best;
          return (
            <tr key={each.label}>
              <th
                scope="row"
                title={each.label}
                className={cn(
                  "max-w-36 min-w-8 truncate pr-3 text-right font-mono",
                  first ? "font-strong" : "font-normal text-muted",
                )}
              >
                {each.label}
              </th>
              <td className="w-full" aria-hidden>
                <div className="relative h-5">
                  <div className="absolute inset-x-0 top-1/2 h-px bg-line" />
                  <div
                    style={{ width: percent(each.probability) }}
                    className={cn("absolute inset-y-0.5 left-0 min-w-0.5 rounded-r-sm", first ? "bg-ink" : "bg-edge")}
                  />
                  {each.most - each.least > THINNEST && (
                    <Whiskers least={percent(each.least)} span={percent(each.most - each.least)} />
                  )}
                </div>
              </td>
              <td className={cn("whitespace-nowrap pl-3 text-right font-mono", first ? "font-strong" : "text-muted")}>
                {formatShare(each.probability)}
              </td>
              <td className="sr-only">
                {formatShare(each.least)} to {formatShare(each.most)}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
  if (drawn.length === classes.length) return table;
  return (
    <div className="space-y-2">
      {table}
      <p className="text-small text-muted">{classes.length - drawn.length} less probable ones are left out.</p>
    </div>
  );
}

/** An interval as a thin bar with ends, drawn in halves of ink and ground so that it shows on a filled bar too. */
function Whiskers({ least, span }: { readonly least: string; readonly span: string }) {
  return (
    <div
      style={{ left: least, width: span }}
      className="absolute inset-y-1 min-w-px border-x-2 border-wait before:absolute before:inset-x-0 before:top-1/2 before:h-0.5 before:-translate-y-1/2 before:bg-wait"
    />
  );
}
