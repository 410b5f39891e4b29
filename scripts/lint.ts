/** `npm run lint`: ESLint for TypeScript, solhint for Solidity, Prettier for both. Runs all three, then fails if any did. */
import { spawnSync } from "node:child_process";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const commands = [
  ["eslint", "--max-warnings", "0", "."],
  ["solhint", "--disc", "--max-warnings", "0", "contracts/**/*.sol"],
  ["prettier", "--check", "--log-level", "warn", "contracts", "offchain", "scripts", "test", "web", "*.{ts,js,json}"],
];
for (const [name, ...args] of commands) {
  const { status } = spawnSync(path.join(root, "node_modules/.bin", name), args, { cwd: root, stdio: "inherit" });
  if (status !== 0) {
    console.error(`${name} found something to mend.`);
    process.exitCode = 1;
  }
}
