/** `npm run lint`: Oxlint and Oxfmt for TypeScript, solhint and Prettier for Solidity. Runs all four, then fails if any did. */
import { spawnSync } from "node:child_process";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const solidity = "contracts/**/*.sol";
const commands = [
  ["oxlint", "."],
  ["oxfmt", "--check", "."],
  ["solhint", "--disc", "--max-warnings", "0", solidity],
  ["prettier", "--check", "--log-level", "warn", solidity],
];
for (const [name, ...args] of commands) {
  const { status } = spawnSync(path.join(root, "node_modules/.bin", name), args, { cwd: root, stdio: "inherit" });
  if (status !== 0) {
    console.error(`${name} found something to mend.`);
    process.exitCode = 1;
  }
}
