/** Looks for numbers in bytes, in every form a program is likely to write them. */

/** A form the numbers may have taken. */
export interface Trace {
  readonly form: string;
  readonly bytes: Buffer;
}

const BASE64_SHIFTS = [0, 1, 2] as const;

/**
 * The forms of a run of pixels.
 *
 * @param values in [0, 1], as the model takes them; enough of them, and uneven enough, not to turn up by chance
 */
export function tracesOf(values: readonly number[]): Trace[] {
  const octets = Buffer.from(values.map((value) => Math.round(value * 255)));
  const floats = Buffer.from(Float32Array.from(values).buffer);
  const doubles = Buffer.from(Float64Array.from(values).buffer);
  const doublesOfFloats = Buffer.from(Float64Array.from(Float32Array.from(values)).buffer);
  const binary: Trace[] = [
    { form: "octets", bytes: octets },
    { form: "float32", bytes: floats },
    { form: "float64", bytes: doubles },
    { form: "float64 of float32", bytes: doublesOfFloats },
  ];
  const lists: readonly (readonly [string, readonly number[]])[] = [
    ["values", values],
    ["float32 values", Array.from(Float32Array.from(values))],
    ["octet values", Array.from(octets)],
  ];
  const text = lists.map(([form, numbers]): Trace => ({
    form: `${form} as text`,
    bytes: Buffer.from(numbers.join(",")),
  }));
  const encoded = binary.flatMap(({ form, bytes }) => [
    { form: `${form} as hex`, bytes: Buffer.from(bytes.toString("hex")) },
    // Base64 of a part depends on where the part begins: its inner characters are the same for one of three beginnings.
    ...BASE64_SHIFTS.map((shift) => ({
      form: `${form} as base64 at ${shift}`,
      bytes: Buffer.from(
        Buffer.concat([Buffer.alloc(shift), bytes])
          .toString("base64")
          .slice(4, -4),
      ),
    })),
  ]);
  return [...binary, ...text, ...encoded];
}

/** The forms found in some bytes. */
export function findTraces(haystack: Buffer, traces: readonly Trace[]): string[] {
  return traces.filter(({ bytes }) => haystack.includes(bytes)).map(({ form }) => form);
}
