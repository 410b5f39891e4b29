/**
 * Area under the ROC curve: the probability that a positive has a higher score than a negative, by ranks (Mann and Whitney); equal scores share the mean of their ranks.
 *
 * @param scores one an example
 * @param labels 1 for a positive, 0 for a negative; some of each
 */
export function areaUnderCurve(scores: ArrayLike<number>, labels: Uint8Array): number {
  const n = labels.length;
  const positives = labels.reduce((sum, label) => sum + label, 0);
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => scores[a] - scores[b]);
  let rankSum = 0;
  for (let at = 0; at < n;) {
    let end = at;
    while (end < n && scores[order[end]] === scores[order[at]]) end++;
    const rank = (at + 1 + end) / 2;
    for (let k = at; k < end; k++) if (labels[order[k]] === 1) rankSum += rank;
    at = end;
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * (n - positives));
}
