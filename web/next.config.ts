import path from "node:path";

import type { NextConfig } from "next";

const repository = path.resolve(import.meta.dirname, "..");

const config: NextConfig = {
  output: "export",
  trailingSlash: true,
  reactStrictMode: true,
  images: { unoptimized: true },
  turbopack: {
    root: repository,
    // node-seal asks for Node's `module` on a path the browser never takes.
    resolveAlias: { module: { browser: "./lib/shims/node-module.ts" } },
  },
};

export default config;
