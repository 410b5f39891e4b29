"use client";

import { useEffect, useRef } from "react";

import type { Answer as Decrypted } from "../../offchain/client/types.ts";
import { cn } from "../lib/cn.ts";
import { classProbabilities, likelihoods, mostProbable } from "../lib/probabilities.ts";
import { formatShare } from "../lib/format.ts";
import { ProbabilityBars } from "./probability-bars.tsx";

/** More values than these are scrolled in place. */
const MANY_VALUES = 24;

interface AnswerProps {
  readonly answer: Decrypted;
  /** Whether the model was evaluated on this device, not on ciphertext. */
  readonly inTheClear?: boolean;
  /** Brings the answer into view as it appears. */
  readonly reveal?: boolean;
}

/** The answer in words, then in figures. */
export function Answer({ answer, inTheClear = false, reveal = false }: AnswerProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!reveal) return;
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    place.current?.scrollIntoView({ block: "nearest", behavior: still ? "instant" : "smooth" });
  }, [reveal]);
  return (
    <div ref={place} className="animate-appear scroll-mb-8 space-y-5">
      <Shown answer={answer} inTheClear={inTheClear} />
    </div>
  );
}

interface ShownProps {
  readonly answer: Decrypted;
  readonly inTheClear: boolean;
}

function Shown({ answer, inTheClear }: ShownProps) {
  if (answer.index !== undefined) return <Classes answer={answer} inTheClear={inTheClear} />;
  return answer.finish === "sigmoid" ? (
    <Likelihoods answer={answer} inTheClear={inTheClear} />
  ) : (
    <Values answer={answer} inTheClear={inTheClear} />
  );
}

function Classes({ answer, inTheClear }: ShownProps) {
  const { values, labels, errorBound, step, certain } = answer;
  const classes = classProbabilities(values, labels, errorBound + step / 2);
  const best = mostProbable(classes);
  return (
    <>
      <div>
        <p className="text-small text-muted">The answer</p>
        <p className="text-display font-strong">
          {best.label}
          <span className="ml-3 text-title font-normal text-muted">{formatShare(best.probability)}</span>
        </p>
        <p className="mt-1 text-small text-muted">
          {inTheClear
            ? `Evaluated in the clear. A node’s answer differs from it by at most ${errorBound} in each output.`
            : certain === true
              ? `Computing on ciphertext blurs each output by up to ${errorBound}, too little to change this answer.`
              : `Computing on ciphertext blurs each output by up to ${errorBound}, which is enough to change this answer.`}
        </p>
      </div>
      <ProbabilityBars classes={classes} />
    </>
  );
}

function Likelihoods({ answer, inTheClear }: ShownProps) {
  const { values, labels, errorBound, step } = answer;
  const outputs = likelihoods(values, labels, errorBound + step / 2);
  const [first] = outputs;
  return (
    <>
      <div>
        <p className="text-small text-muted">The answer</p>
        {outputs.length === 1 && (
          <p className="text-display font-strong">
            {formatShare(first.probability)}
            <span className="ml-3 text-title font-normal text-muted">{first.label}</span>
          </p>
        )}
        <p className="mt-1 text-small text-muted">
          {inTheClear
            ? "Evaluated in the clear; a node’s answer lies within what the whiskers show."
            : outputs.length === 1
              ? `Computing on ciphertext blurs it: in the clear it is between ${formatShare(first.least)} and ${formatShare(first.most)}.`
              : `Computing on ciphertext blurs each by what its whiskers show.`}
        </p>
      </div>
      <ProbabilityBars classes={outputs} />
    </>
  );
}

function Values({ answer, inTheClear }: ShownProps) {
  const { values, labels, errorBound } = answer;
  return (
    <>
      <p className="text-small text-muted">
        {inTheClear
          ? `The answer in the clear; a node’s differs from it by at most ${errorBound} in each value`
          : `The answer, each value within ${errorBound} of what the model would give in the clear`}
      </p>
      <div
        // Many values are scrolled in place, with the keyboard too.
        {...(values.length > MANY_VALUES && { tabIndex: 0, role: "region", "aria-label": "Values of the answer" })}
        className={cn(values.length > MANY_VALUES && "max-h-96 overflow-y-auto rounded border border-line p-3")}
      >
        <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1">
          {values.map((value, i) => (
            <div key={i} className="contents">
              <dt className="text-muted">{labels[i] ?? `Output ${i + 1}`}</dt>
              <dd className="text-right font-mono">{value.toFixed(4)}</dd>
            </div>
          ))}
        </dl>
      </div>
    </>
  );
}
