import { posix } from "node:path";

import { GUARD_FILE, LIBRARY, LIBRARY_FILE, SWITCH } from "./library.ts";
import type { Change, Point } from "./points.ts";
import { childOf, lineOf, type Source, type SyntaxNode, typeOf } from "./syntax.ts";

const HELPERS: Readonly<Record<string, string>> = {
  "<": "lt",
  "<=": "le",
  ">": "gt",
  ">=": "ge",
  "+": "add",
  "-": "sub",
  "*": "mul",
  "/": "div",
  "%": "mod",
};
const INSTEAD: Readonly<Record<string, string>> = {
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "%": "/",
};
const COMPARISONS = new Set(["<", "<=", ">", ">=", "==", "!="]);
const GUARD_IMPORT = '"@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol"';

/** A file whose mutants are all there, to be switched on one at a time. */
export interface Instrumented {
  readonly file: string;
  /** One character a byte, like the source. */
  readonly bytes: string;
  readonly points: readonly Point[];
}

/**
 * Writes mutants into a contract: each is there beside the code as it is, and chosen while it runs (mutant schemata,
 * Untch et al. 1993), so that all of them are compiled once.
 *
 * @param source a contract
 * @param firstId number of its first point
 */
export function instrument(source: Source, firstId: number): Instrumented {
  const writer = new Writer(source, firstId);
  let bytes = source.bytes.slice(0, source.tree.start) + writer.write(source.tree, { where: "" });
  const folder = posix.dirname(source.file);
  const importing = (file: string): string => {
    const path = posix.relative(folder, posix.join("contracts", file));
    return path.startsWith(".") ? path : `./${path}`;
  };
  bytes = bytes.replace(GUARD_IMPORT, `"${importing(GUARD_FILE)}"`);
  const library = `\nimport {${LIBRARY}} from "${importing(LIBRARY_FILE)}";\n`;
  bytes = bytes.replace(/(pragma solidity [^;]*;)/, `$1${library}`);
  return { file: source.file, bytes, points: writer.points };
}

/** Where a piece of code is. */
interface Place {
  readonly where: string;
  /** In a function's or modifier's body. */
  readonly inBody?: boolean;
  /** The function returns a pointer into storage, which must be set wherever the function ends. */
  readonly returnsPointer?: boolean;
  /** The value is taken as it is by a condition around it, which has its own mutants. */
  readonly taken?: boolean;
}

class Writer {
  readonly points: Point[] = [];
  readonly #source: Source;
  #next: number;

  constructor(source: Source, firstId: number) {
    this.#source = source;
    this.#next = firstId;
  }

  write(node: SyntaxNode, place: Place): string {
    switch (node.type) {
      case "StructuredDocumentation":
      case "InlineAssembly":
        return this.#source.bytes.slice(node.start, node.end);
      case "ContractDefinition":
        return this.#children(node, { where: String(node.fields.name) });
      case "FunctionDefinition": {
        const name = node.fields.kind === "constructor" ? "constructor" : String(node.fields.name);
        const returned = childOf(node, "returnParameters");
        const points =
          returned !== undefined && / storage /.test(this.#source.bytes.slice(returned.start, returned.end));
        return this.#children(node, { where: `${place.where}.${name}`, returnsPointer: points });
      }
      case "ModifierDefinition":
        return this.#modifier(node, { where: `${place.where}.${String(node.fields.name)}` });
      case "ModifierInvocation":
        return this.#invocation(node, place);
      case "Block":
      case "UncheckedBlock":
        return this.#children(node, { ...place, inBody: true });
    }
    return place.inBody === true ? this.#code(node, place) : this.#children(node, place);
  }

  #code(node: SyntaxNode, place: Place): string {
    const inner = { ...place, taken: false };
    switch (node.type) {
      case "IfStatement": {
        const body = childOf(node, "trueBody");
        const changes: Change[] =
          body !== undefined && isRevert(body) ? ["always false"] : ["always false", "always true"];
        return this.#withCondition(node, inner, changes);
      }
      case "Conditional":
        return `(${this.#withCondition(node, inner, ["always false", "always true"])})`;
      case "ForStatement":
      case "WhileStatement":
        return this.#withCondition(node, inner, ["always false"]);
      case "BinaryOperation":
        return this.#binary(node, place);
      case "ExpressionStatement":
        return this.#statement(node, inner);
      case "RevertStatement":
        return (node.key === "statements" || node.key === "falseBody") && place.returnsPointer !== true
          ? this.#leftOut(node, this.#children(node, inner), inner)
          : this.#children(node, inner);
      default:
        return this.#children(node, node.type === "TupleExpression" ? place : inner);
    }
  }

  #withCondition(node: SyntaxNode, place: Place, changes: readonly Change[]): string {
    return this.#children(node, place, (child) =>
      child.key === "condition" ? this.#condition(child, place, changes) : undefined,
    );
  }

  #condition(node: SyntaxNode, place: Place, changes: readonly Change[]): string {
    const id = this.#next;
    this.#next += 2;
    for (const branch of [true, false]) {
      const made: Change = branch ? "always false" : "always true";
      const change = changes.includes(made) ? made : undefined;
      const dropped = changes.includes("operand left out") && branch === (changes[1] === "always false");
      this.#point(node, place, branch ? id : id + 1, dropped ? "operand left out" : change, branch);
    }
    return `${LIBRARY}.cond(${String(id)}, ${this.write(node, { ...place, taken: true })})`;
  }

  #binary(node: SyntaxNode, place: Place): string {
    const operator = String(node.fields.operator);
    const [left, right] = [childOf(node, "leftExpression"), childOf(node, "rightExpression")];
    if (left === undefined || right === undefined || typeOf(node).startsWith("int_const")) {
      return this.#source.bytes.slice(node.start, node.end);
    }
    const inner = { ...place, taken: false };
    if (operator === "&&" || operator === "||") {
      // Without an operand means true for "and", false for "or".
      const changes: Change[] = ["operand left out", operator === "||" ? "always false" : "always true"];
      const operand = (one: SyntaxNode): string =>
        one.type === "BinaryOperation" && one.fields.operator === operator
          ? this.#binary(one, place)
          : this.#condition(one, inner, changes);
      return `(${operand(left)} ${operator} ${operand(right)})`;
    }
    if (COMPARISONS.has(operator) && place.taken !== true) {
      return this.#condition(node, inner, ["always false", "always true"]);
    }
    const instead = INSTEAD[operator] as string | undefined;
    if (instead === undefined) return this.#children(node, inner);
    const id = this.#next++;
    this.#point(node, place, id, COMPARISONS.has(operator) ? "boundary" : "other operation");
    const [a, b] = [this.write(left, inner), this.write(right, inner)];
    const numbers = [left, right].every((one) => /^(uint\d+$|int_const \d)/.test(typeOf(one)));
    const enums = [left, right].every((one) => typeOf(one).startsWith("enum "));
    const helper = `${LIBRARY}.${HELPERS[operator]}`;
    if (numbers && (COMPARISONS.has(operator) || typeOf(node) === "uint256")) {
      return `${helper}(${String(id)}, ${a}, ${b})`;
    }
    if (enums) return `${helper}(${String(id)}, uint8(${a}), uint8(${b}))`;
    return `(${LIBRARY}.on(${String(id)}) ? ${a} ${instead} ${b} : ${a} ${operator} ${b})`;
  }

  #statement(node: SyntaxNode, place: Place): string {
    if (node.key === "loopExpression" || node.key === "initializationExpression") return this.#children(node, place);
    const expression = childOf(node, "expression");
    const written = this.#children(node, place);
    if (expression === undefined) return written;
    switch (expression.type) {
      case "Assignment": {
        const target = childOf(expression, "leftHandSide");
        return target !== undefined && isValue(target) ? this.#leftOut(node, written, place) : written;
      }
      case "UnaryOperation":
      case "FunctionCall":
        return this.#leftOut(node, written, place);
      default:
        return written;
    }
  }

  #leftOut(node: SyntaxNode, written: string, place: Place): string {
    const id = this.#next++;
    this.#point(node, place, id, "left out");
    return `{ if (!${LIBRARY}.on(${String(id)})) { ${written} } }`;
  }

  /** What a modifier does before the function is left out when the mutant of that use is on. */
  #modifier(node: SyntaxNode, place: Place): string {
    const written = this.#children(node, place);
    const open = written.indexOf("{");
    const head = written.slice(0, open).replace(/\((.*)\)/s, (_, inside: string) => {
      return inside.trim() === "" ? `(uint256 ${SWITCH})` : `(${inside}, uint256 ${SWITCH})`;
    });
    const body = written.slice(open + 1).replace(/\b_;\s*\}\s*$/, `} _; }`);
    return `${head}{ if (!${LIBRARY}.on(${SWITCH})) {${body}`;
  }

  #invocation(node: SyntaxNode, place: Place): string {
    const written = this.#source.bytes.slice(node.start, node.end);
    if (node.fields.kind !== "modifierInvocation") return written;
    const id = this.#next++;
    this.#point(node, place, id, "modifier left out");
    return written.endsWith(")") ? `${written.slice(0, -1)}, ${String(id)})` : `${written}(${String(id)})`;
  }

  #children(node: SyntaxNode, place: Place, special?: (child: SyntaxNode) => string | undefined): string {
    let out = "";
    let at = node.start;
    for (const child of node.children) {
      if (child.start < at) continue;
      out += this.#source.bytes.slice(at, child.start) + (special?.(child) ?? this.write(child, place));
      at = child.end;
    }
    return out + this.#source.bytes.slice(at, node.end);
  }

  #point(node: SyntaxNode, place: Place, id: number, change: Change | undefined, branch?: boolean): void {
    this.points.push({
      id,
      file: this.#source.file,
      line: lineOf(this.#source, node.start),
      where: place.where,
      code: Buffer.from(this.#source.bytes.slice(node.start, node.end), "latin1").toString("utf8").replace(/\s+/g, " "),
      ...(change === undefined ? {} : { change }),
      ...(branch === undefined ? {} : { branch }),
    });
  }
}

function isRevert(body: SyntaxNode): boolean {
  if (body.type === "RevertStatement") return true;
  return body.type === "Block" && body.children.length === 1 && isRevert(body.children[0]);
}

/** Whether leaving an assignment to it out still compiles: not so for what points somewhere and was never set. */
function isValue(target: SyntaxNode): boolean {
  if (target.type === "TupleExpression") return false;
  return target.type === "Identifier" ? /^(u?int|bool|address|bytes\d|enum|contract)/.test(typeOf(target)) : true;
}
