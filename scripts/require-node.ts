/** Stops with a clear sentence when the running Node is older than what node-seal needs (WebAssembly exception references). */
export function requireNode24(): void {
  if (Number(process.versions.node.split(".")[0]) >= 24) return;
  console.error(
    `This needs Node 24 or newer, and ${process.execPath} is ${process.version}. On Linux and Windows \`npm ci\` brings it along: ` +
      "use the npm scripts (`npm test`, `npm run demo`). On macOS install Node 24 first.",
  );
  process.exit(1);
}
