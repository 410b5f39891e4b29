/**
 * Stands in for Node's `module` in the browser build. node-seal's loader names it on the branch it takes under Node alone;
 * reaching it in a browser is a fault of the build, and says so.
 */
export function createRequire(): never {
  throw new Error("Node's module loader was asked for in a browser.");
}
