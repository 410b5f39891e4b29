/** Where results and progress go: results to standard output, progress and errors to standard error; with `--json`, all results as JSON lines. */
import { CloakworkError } from "../errors.ts";

/** JSON has neither big integers nor bytes: decimal and hexadecimal strings stand for them. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === "bigint") return inner.toString();
    if (inner instanceof Uint8Array) return `0x${Buffer.from(inner).toString("hex")}`;
    return inner;
  });
}

/** The part of a stream that is used. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export interface OutputStreams {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
}

export class Output {
  readonly #streams: OutputStreams;
  readonly json: boolean;

  constructor(streams: OutputStreams, json: boolean) {
    this.#streams = streams;
    this.json = json;
  }

  /** Whether progress may be drawn over itself. */
  get isLive(): boolean {
    return !this.json && this.#streams.stdout.isTTY === true && this.#streams.stderr.isTTY === true;
  }

  /** The result of a command: one JSON document, or text. */
  result(value: unknown, text: string): void {
    this.#streams.stdout.write(`${this.json ? toJson(value) : text}\n`);
  }

  /** Something that happened in long work: a JSON line; with text nothing, as progress shows it. */
  event(type: string, value: object): void {
    if (this.json) this.#streams.stdout.write(`${toJson({ type, ...value })}\n`);
  }

  /** A line for a person who waits; none with `--json`. */
  note(text: string): void {
    if (!this.json) this.#streams.stderr.write(`${text}\n`);
  }

  /** A failure: what happened and what to do. */
  failure(error: CloakworkError): void {
    const { code, message, next } = error;
    this.#streams.stderr.write(
      this.json ? `${toJson({ error: { code, message, next } })}\n` : `${code}: ${message}\n${next}\n`,
    );
  }
}
