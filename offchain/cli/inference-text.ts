/** Answers as text. */
import type { Answer, Inference } from "../client/types.ts";
import { formatBytes, formatShare, table } from "./format.ts";

/** Numbers of an answer, and answers of a batch, shown as text; the rest is in `--json`. */
const SHOWN = 40;

/** The answer, with its probabilities where there are some. */
export function answerText(answer: Answer): string {
  const { values, probabilities, labels, label, certain, errorBound, step } = answer;
  const order = probabilities
    ? values.map((_, k) => k).sort((a, b) => probabilities[b] - probabilities[a])
    : values.map((_, k) => k);
  const places = Math.max(0, -Math.round(Math.log10(step)));
  const rows = order
    .slice(0, SHOWN)
    .map((k) => [
      labels[k] ?? String(k),
      ...(probabilities ? [formatShare(probabilities[k])] : []),
      values[k].toFixed(places),
    ]);
  const head = ["OUTPUT", ...(probabilities ? ["PROBABILITY"] : []), "VALUE"];
  const sure = certain === true ? "" : " Within the error another one could be ahead of it.";
  const said = label === undefined ? [] : [`The answer is ${label}.${sure}`];
  const exact = `Each value is right to within ±${errorBound.toPrecision(2)}.`;
  return [...said, exact, "", table([head, ...rows]), ...leftOut(values.length - rows.length)].join("\n");
}

function leftOut(count: number): string[] {
  return count > 0 ? [`… and ${count} more; --json gives all.`] : [];
}

/** The answers to the inputs of a batch, one a line. */
export function answersText(answers: readonly Answer[]): string {
  const [{ errorBound, step }] = answers;
  const places = Math.max(0, -Math.round(Math.log10(step)));
  const rows = answers.slice(0, SHOWN).map(({ values, label, index, probabilities, certain }, k) => {
    const said = label ?? values.map((value) => value.toFixed(places)).join(" ");
    const likely =
      index === undefined
        ? probabilities?.map(formatShare).join(" ")
        : probabilities && formatShare(probabilities[index]);
    return [String(k), said, likely ?? "", certain === false ? "not certain within the error" : ""];
  });
  const head = `${answers.length} answers; each value is right to within ±${errorBound.toPrecision(2)}.`;
  return [
    head,
    "",
    table([["INPUT", "ANSWER", "PROBABILITY", ""], ...rows]),
    ...leftOut(answers.length - rows.length),
  ].join("\n");
}

/** The answer and what the request took. */
export function inferenceText({ requestId, answer, answers, bytes, settled, settleProblem }: Inference): string {
  const paid = settled ? "Node and owner are paid." : "Node and owner are paid after the challenge window.";
  const problem = settleProblem === undefined ? [] : [`Not settled now: ${settleProblem.message}`];
  const sent = `Request ${requestId}: ${formatBytes(bytes.input)} left this machine, encrypted; ${formatBytes(bytes.result)} came back.`;
  const text = answers.length > 1 ? answersText(answers) : answerText(answer);
  return [text, "", sent, paid, ...problem].join("\n");
}
