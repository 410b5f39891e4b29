/** Examples below a command's options: what to type, and what for. */
export function examples(...entries: readonly (readonly [command: string, what: string])[]): string {
  const lines = entries.map(([command, what]) => `  $ ${command}\n      ${what}`);
  return `\nExamples:\n${lines.join("\n")}\n`;
}

/** A paragraph below the examples. */
export function paragraph(text: string): string {
  return `\n${text}\n`;
}
