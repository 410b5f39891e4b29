import path from "node:path";

import type { NextConfig } from "next";

// The build tells nobody anything.
process.env.NEXT_TELEMETRY_DISABLED = "1";

const repository = path.resolve(import.meta.dirname, "..");

const config: NextConfig = {
  output: "export",
  trailingSlash: true,
  reactStrictMode: true,
  images: { unoptimized: true },
  turbopack: { root: repository },
  // `npm run types` checks them, and `npm test` after the build, when the types of the routes are there.
  typescript: { ignoreBuildErrors: true },
};

export default config;
