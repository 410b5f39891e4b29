/**
 * Serves the exported web app with the headers a static export cannot send: a Content-Security-Policy that names the hash of every inline
 * script, isolation (COOP, COEP) so that SharedArrayBuffer is there, and the settings of the deployment as `/config.json`.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import fastifyStatic from "@fastify/static";
import fastify from "fastify";

import { CloakworkError } from "../offchain/errors.ts";
import { parseSettings, type Settings } from "../web/lib/settings.ts";

/** The app has not been built. */
export class WebNotBuiltError extends CloakworkError {
  constructor(root: string) {
    super("WEB_NOT_BUILT", `There is no built web app in ${root}.`, "Build it with `npm run build`.");
  }
}

export interface ServeWebOptions {
  /** Folder of the export. */
  readonly root?: string;
  /** What the page reads as `/config.json`; the page may connect to the endpoints named in it and to nothing else. */
  readonly settings: Settings;
  /** 0 for any free port. */
  readonly port?: number;
}

export interface WebServer {
  /** Without a slash at the end. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

const DEFAULT_ROOT = path.resolve(import.meta.dirname, "../web/out");

/**
 * The hashes that let the inline scripts of a page run, and no others.
 *
 * @param html a page of the export
 * @returns CSP source expressions, `'sha256-…'`
 */
export function inlineScriptHashes(html: string): string[] {
  const hashes = new Set<string>();
  for (const [, attributes, body] of html.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/g)) {
    if (/\bsrc=/.test(attributes) || body === "") continue;
    hashes.add(`'sha256-${createHash("sha256").update(body).digest("base64")}'`);
  }
  return [...hashes];
}

/** The policy of a document: own scripts and styles, the endpoints of the settings, no frames, no forms, no plug-ins. */
function policy(settings: Settings, scripts: readonly string[]): string {
  const origins = new Set([settings.chain.rpcUrl, ...settings.storage].map((url) => new URL(url).origin));
  return [
    "default-src 'none'",
    ["script-src 'self'", ...scripts].join(" "),
    "style-src 'self' 'unsafe-inline'",
    "font-src 'self'",
    "img-src 'self' data: blob:",
    ["connect-src 'self'", ...origins].join(" "),
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

function pagePolicies(root: string, settings: Settings): Map<string, string> {
  const pages = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".html"));
  if (!pages.includes("index.html")) throw new WebNotBuiltError(root);
  return new Map(
    pages.map((file) => {
      const full = path.join(root, file);
      return [full, policy(settings, inlineScriptHashes(readFileSync(full, "utf8")))];
    }),
  );
}

/**
 * Starts the server on 127.0.0.1.
 *
 * @throws WebNotBuiltError, SettingsError
 */
export async function serveWeb({ root = DEFAULT_ROOT, settings, port = 0 }: ServeWebOptions): Promise<WebServer> {
  const checked = parseSettings(settings);
  let policies: Map<string, string>;
  try {
    policies = pagePolicies(root, checked);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") throw new WebNotBuiltError(root);
    throw error;
  }
  // A worker takes its policy from its own script's response, so scripts carry one too. It may compile WebAssembly, pages may not.
  const scriptPolicy = policy(checked, ["'wasm-unsafe-eval'"]);
  const app = fastify({ forceCloseConnections: true });

  app.addHook("onRequest", (_request, reply, done) => {
    reply.headers({
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
      "Cross-Origin-Resource-Policy": "same-origin",
      "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
      "Referrer-Policy": "no-referrer",
      "X-Content-Type-Options": "nosniff",
    });
    done();
  });
  app.get("/config.json", (_request, reply) => reply.header("Cache-Control", "no-store").send(checked));
  await app.register(fastifyStatic, {
    root,
    cacheControl: false,
    setHeaders: (response, file) => {
      response.header("Content-Security-Policy", policies.get(file) ?? scriptPolicy);
      const immutable = file.startsWith(path.join(root, "_next", "static"));
      response.header("Cache-Control", immutable ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
  const notFound = path.join(root, "404.html");
  app.setNotFoundHandler((_request, reply) =>
    reply
      .code(404)
      .type("text/html")
      .header("Content-Security-Policy", policies.get(notFound) ?? scriptPolicy)
      .send(readFileSync(notFound)),
  );

  const url = await app.listen({ host: "127.0.0.1", port });
  return { url, close: () => app.close() };
}
