"use client";

import { useId, useState } from "react";

import type { Manifest } from "../../offchain/sealing/manifest.ts";
import { parseValues } from "../lib/parse-values.ts";
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
  const wrong = (text: string, { min, max }: Field) =>
    text !== "" && !(Number(text) >= Number(min) && Number(text) <= Number(max));
  const change = (i: number, text: string) => {
    const next = texts.with(i, text);
    setTexts(next);
    const complete = next.every((each, k) => each.trim() !== "" && !wrong(each, fields[k]));
    onChange(complete ? Float32Array.from(next, Number) : undefined);
  };
  // A range that all share is said once.
  const [{ min, max }] = fields;
  const shared = fields.length > 1 && fields.every((field) => field.min === min && field.max === max);
  return (
    <div className="space-y-4">
      {shared && (
        <p id={`${id}-range`} className="text-small text-muted">
          {fields.length} numbers, each from {min} to {max}.
        </p>
      )}
      <div className="grid grid-cols-2 items-end gap-x-4 gap-y-3">
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
              aria-invalid={wrong(texts[i], field)}
              aria-describedby={shared ? `${id}-range` : `${id}-${i}-range`}
              onChange={(event) => {
                change(i, event.target.value);
              }}
              className="h-11 w-full rounded-lg border border-edge bg-surface px-3 font-mono aria-invalid:border-fail"
            />
            {!shared && (
              <p id={`${id}-${i}-range`} className="text-small text-muted">
                {field.min} to {field.max}
              </p>
            )}
          </div>
        ))}
      </div>
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
