import type { Answer } from "../../offchain/client/types.ts";
import { formatCount, formatShare } from "../lib/format.ts";

/** More are in the command's output alone. */
const MOST = 500;

/** The answers of a batch, one a line, in the order of its inputs. */
export function BatchAnswers({
  answers,
  requestId,
}: {
  readonly answers: readonly Answer[];
  readonly requestId: bigint;
}) {
  const shown = answers.slice(0, MOST);
  return (
    <div className="space-y-3">
      <p className="text-small text-muted">The answers to {formatCount(answers.length)} inputs, in their order</p>
      <div tabIndex={0} role="region" aria-label="Answers of the batch" className="max-h-96 overflow-y-auto">
        <table className="w-full text-small">
          <thead className="text-left text-muted">
            <tr>
              <th scope="col" className="py-1 pr-6 font-normal">
                Input
              </th>
              <th scope="col" className="py-1 font-normal">
                Answer
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((answer, i) => (
              <tr key={i} className="border-t border-line">
                <td className="py-1 pr-6 font-mono text-muted">{i + 1}</td>
                <td className="py-1">{textOf(answer)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="text-small text-muted">
        {answers.length > MOST && `Those after the first ${MOST}, and a`}
        {answers.length <= MOST && "A"}ll figures of each:{" "}
        <code className="font-mono">cloakwork requests show {requestId.toString()} --json</code>
      </p>
    </div>
  );
}

function textOf({ index, label, probabilities, values }: Answer): string {
  if (index === undefined) return (probabilities ?? values).map((value) => value.toPrecision(4)).join(", ");
  const share = probabilities?.[index];
  return share === undefined ? (label ?? String(index)) : `${label ?? index} (${formatShare(share)})`;
}
