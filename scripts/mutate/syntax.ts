import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

import { CloakworkError } from "../../offchain/errors.ts";

/** A piece of Solidity, as the compiler understands it. Offsets are bytes of its file. */
export interface SyntaxNode {
  readonly type: string;
  /** Name of the parent's field it is in. */
  readonly key: string;
  readonly start: number;
  /** Behind its last byte, a statement's semicolon included. */
  readonly end: number;
  readonly fields: Readonly<Record<string, unknown>>;
  /** In the order of the source. */
  readonly children: readonly SyntaxNode[];
}

/** A source file with its tree. */
export interface Source {
  /** From the project's root, e.g. `contracts/Balances.sol`. */
  readonly file: string;
  /** One character a byte. */
  readonly bytes: string;
  readonly tree: SyntaxNode;
}

/** Thrown when the compiler refuses the contracts. */
export class SyntaxRefusedError extends CloakworkError {
  constructor(message: string) {
    super(
      "CONTRACTS_REFUSED",
      `The compiler refuses the contracts: ${message}`,
      "Mend them, then run the tests first.",
    );
  }
}

interface Compiler {
  compile(input: string, callbacks: { import: (path: string) => { contents: string } }): string;
}

interface Output {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly sources: Readonly<Record<string, { readonly ast: unknown }>>;
}

/**
 * Reads all contracts and has the compiler take them apart; nothing is compiled.
 *
 * @param root the project's folder
 * @throws SyntaxRefusedError
 */
export function parseContracts(root: string): readonly Source[] {
  const files = readdirSync(join(root, "contracts"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".sol"))
    .map((name) => `contracts/${name.replaceAll("\\", "/")}`)
    .sort();
  const read = (file: string): string => readFileSync(join(root, file), "utf8");
  const compiler = createRequire(import.meta.url)("solc") as Compiler;
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(files.map((file) => [file, { content: read(file) }])),
    settings: { evmVersion: "cancun", outputSelection: { "*": { "": ["ast"] } } },
  };
  const output = JSON.parse(
    compiler.compile(JSON.stringify(input), { import: (path) => ({ contents: read(join("node_modules", path)) }) }),
  ) as Output;
  const error = output.errors?.find(({ severity }) => severity === "error");
  if (error !== undefined) throw new SyntaxRefusedError(error.formattedMessage);
  return files.map((file) => {
    const bytes = Buffer.from(read(file), "utf8").toString("latin1");
    const tree = nodeOf(output.sources[file].ast, "", bytes);
    if (tree === undefined) throw new SyntaxRefusedError(`${file} has no tree`);
    return { file, bytes, tree };
  });
}

/** The child in a field, if there is one. */
export function childOf(node: SyntaxNode, key: string): SyntaxNode | undefined {
  return node.children.find((child) => child.key === key);
}

/** The type the compiler gives an expression, e.g. `uint256`. */
export function typeOf(node: SyntaxNode): string {
  const described = node.fields.typeDescriptions as { typeString?: string } | undefined;
  return described?.typeString ?? "";
}

/** The line a byte is on, from 1. */
export function lineOf(source: Source, offset: number): number {
  return source.bytes.slice(0, offset).split("\n").length;
}

const STATEMENTS = new Set(["ExpressionStatement", "RevertStatement"]);

function nodeOf(raw: unknown, key: string, bytes: string): SyntaxNode | undefined {
  if (typeof raw !== "object" || raw === null || !("nodeType" in raw) || !("src" in raw)) return undefined;
  const fields = raw as Record<string, unknown>;
  const [start, length] = String(fields.src).split(":").map(Number);
  const type = String(fields.nodeType);
  const children = Object.entries(fields)
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => nodeOf(one, name, bytes)))
    .filter((child) => child !== undefined)
    .filter((child) => child.start >= start && child.start < start + length && child.end > child.start)
    .sort((a, b) => a.start - b.start);
  // A statement ends behind its semicolon, and so does one that ends with it.
  let end = Math.max(start + length, ...children.map((child) => child.end));
  if (STATEMENTS.has(type) && bytes[end] === ";") ++end;
  return { type, key, start, end, fields, children };
}
