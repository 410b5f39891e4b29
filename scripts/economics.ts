/** `npm run economics`: the table of lies and what they cost in SECURITY.md, from the parameters for public chains. */
import { PUBLIC_PARAMETERS } from "./deploy/parameters.ts";
import { table } from "./economics/lies.ts";
import { requireNode24 } from "./require-node.ts";

requireNode24();

console.log(table(PUBLIC_PARAMETERS));
