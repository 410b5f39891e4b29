/** Answers as text. */
import type { Answer, Inference } from "../client/types.ts";
import { formatBytes, formatShare, table } from "./format.ts";

/** The answer, with its probabilities where there are some. */
export function answerText(answer: Answer): string {
  const { values, probabilities, labels, label, certain, errorBound, step } = answer;
  const order = probabilities
    ? values.map((_, k) => k).sort((a, b) => probabilities[b] - probabilities[a])
    : values.map((_, k) => k);
  const places = Math.max(0, -Math.round(Math.log10(step)));
  const rows = order.map((k) => [
    labels[k] ?? String(k),
    ...(probabilities ? [formatShare(probabilities[k])] : []),
    values[k].toFixed(places),
  ]);
  const head = ["OUTPUT", ...(probabilities ? ["PROBABILITY"] : []), "VALUE"];
  const sure = certain === true ? "" : " Within the error another one could be ahead of it.";
  const said = label === undefined ? [] : [`The answer is ${label}.${sure}`];
  return [...said, `Each value is right to within ±${errorBound.toPrecision(2)}.`, "", table([head, ...rows])].join(
    "\n",
  );
}

/** The answer and what the request took. */
export function inferenceText({ requestId, answer, bytes, settled, settleProblem }: Inference): string {
  const paid = settled ? "Node and owner are paid." : "Node and owner are paid after the challenge window.";
  const problem = settleProblem === undefined ? [] : [`Not settled now: ${settleProblem.message}`];
  const sent = `Request ${requestId}: ${formatBytes(bytes.input)} left this machine, encrypted; ${formatBytes(bytes.result)} came back.`;
  return [answerText(answer), "", sent, paid, ...problem].join("\n");
}
