"use client";

import { useId, useState } from "react";

import type { Manifest } from "../../offchain/sealing/manifest.ts";
import { fieldNumber, fieldProblem, pastedRow } from "../lib/fields.ts";
import { parseValues } from "../lib/parse-values.ts";
import { cn } from "../lib/cn.ts";
import { Button } from "./button.tsx";

interface ValuesInputProps {
  readonly input: Manifest["input"];
  readonly onChange: (values: Float32Array | undefined) => void;
  readonly disabled?: boolean;
}

/** The input of a model that takes numbers: a box a field where the fields have names, a list of numbers where they have none. */
export function ValuesInput({ input, onChange, disabled = false }: ValuesInputProps) {
  return input.presentation.kind === "fields" ? (
    <Fields fields={input.presentation.fields} onChange={onChange} disabled={disabled} />
  ) : (
    <Numbers input={input} onChange={onChange} disabled={disabled} />
  );
}

type Field = Extract<Manifest["input"]["presentation"], { kind: "fields" }>["fields"][number];

interface FieldsProps {
  readonly fields: readonly Field[];
  readonly onChange: ValuesInputProps["onChange"];
  readonly disabled: boolean;
}

function Fields({ fields, onChange, disabled }: FieldsProps) {
  const id = useId();
  const [texts, setTexts] = useState<readonly string[]>(() => fields.map(() => ""));
  const problems = texts.map((text, i) => fieldProblem(text, fields[i]));
  const given = texts.filter((text, i) => text.trim() !== "" && problems[i] === undefined).length;
  const wrong = fields.filter((_, i) => problems[i] !== undefined);
  const change = (next: readonly string[]) => {
    setTexts(next);
    const complete = next.every((each, k) => each.trim() !== "" && fieldProblem(each, fields[k]) === undefined);
    onChange(complete ? Float32Array.from(next, fieldNumber) : undefined);
  };
  /** A row goes into the boxes from the one it was pasted into; what is left over is left out. */
  const paste = (from: number, row: readonly string[]) => {
    change(texts.map((text, i) => row[i - from] ?? text));
  };
  // A range that all share is said once.
  const [{ min, max }] = fields;
  const shared = fields.length > 1 && fields.every((field) => field.min === min && field.max === max);
  return (
    <div className="space-y-4">
      <p className="text-small text-muted">
        {shared && (
          <span id={`${id}-range`}>
            {fields.length} numbers, each from {min} to {max}.{" "}
          </span>
        )}
        {fields.length > 1 && !disabled && "A row of numbers can be pasted into the first box."}
      </p>
      <div className="grid grid-cols-2 items-start gap-x-4 gap-y-3">
        {fields.map((field, i) => (
          <div key={field.name} className="min-w-0 space-y-1">
            <label htmlFor={`${id}-${i}`} className="block break-words text-small font-strong">
              {field.name}
              {field.unit !== undefined && <span className="font-normal text-muted"> in {field.unit}</span>}
            </label>
            <input
              id={`${id}-${i}`}
              inputMode="decimal"
              value={texts[i]}
              disabled={disabled}
              aria-invalid={problems[i] !== undefined}
              aria-describedby={shared && problems[i] === undefined ? `${id}-range` : `${id}-${i}-range`}
              onChange={(event) => {
                change(texts.with(i, event.target.value));
              }}
              onPaste={(event) => {
                const row = pastedRow(event.clipboardData.getData("text"));
                if (row === undefined) return;
                event.preventDefault();
                paste(i, row);
              }}
              className="h-11 w-full rounded-lg border border-edge bg-surface px-3 font-mono aria-invalid:border-fail"
            />
            {(!shared || problems[i] !== undefined) && (
              <p
                id={`${id}-${i}-range`}
                className={cn("text-small", problems[i] === undefined ? "text-muted" : "text-fail")}
              >
                {problems[i] ?? `${field.min} to ${field.max}`}
              </p>
            )}
          </div>
        ))}
      </div>
      {!disabled && (
        <p role="status" className="text-small text-muted">
          {given} of {fields.length} given.
          {wrong.length > 0 && ` Look again at ${wrong.map(({ name }) => name).join(", ")}.`}
        </p>
      )}
    </div>
  );
}

function Numbers({ input, onChange, disabled }: Required<ValuesInputProps>) {
  const id = useId();
  const [text, setText] = useState("");
  const count = input.shape.reduce((product, side) => product * side, 1);
  const min = Number(input.range.min);
  const max = Number(input.range.max);
  const parsed = parseValues(text, count, min, max);
  const change = (next: string) => {
    setText(next);
    const { values } = parseValues(next, count, min, max);
    onChange(values);
  };
  return (
    <div className="space-y-2">
      <label htmlFor={id} className="block text-small font-strong">
        {count} numbers from {input.range.min} to {input.range.max}
      </label>
      <p className="text-small text-muted">{input.description}</p>
      <textarea
        id={id}
        rows={8}
        spellCheck={false}
        value={text}
        disabled={disabled}
        aria-describedby={`${id}-state`}
        onChange={(event) => {
          change(event.target.value);
        }}
        className="w-full rounded-lg border border-edge bg-surface p-3 font-mono text-small"
      />
      <p id={`${id}-state`} role="status" className="text-small text-muted">
        {text.trim() === ""
          ? "Separated by commas, spaces or lines."
          : (parsed.problem ?? `${count} numbers, all within the range.`)}
      </p>
      <Button
        size="small"
        disabled={disabled || text === ""}
        onClick={() => {
          change("");
        }}
      >
        Clear
      </Button>
    </div>
  );
}
