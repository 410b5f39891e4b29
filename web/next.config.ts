import path from "node:path";

import type { NextConfig } from "next";

const repository = path.resolve(import.meta.dirname, "..");

const config: NextConfig = {
  output: "export",
  trailingSlash: true,
  reactStrictMode: true,
  images: { unoptimized: true },
  turbopack: { root: repository },
};

export default config;
