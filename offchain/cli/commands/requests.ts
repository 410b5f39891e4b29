import type { Command } from "commander";

import type { Cli } from "../cli.ts";
import { examples } from "../help.ts";
import { addRequestsCancel } from "./requests-cancel.ts";
import { addRequestsComplain } from "./requests-complain.ts";
import { addRequestsForget } from "./requests-forget.ts";
import { addRequestsList } from "./requests-list.ts";
import { addRequestsRedraw } from "./requests-redraw.ts";
import { addRequestsRefund } from "./requests-refund.ts";
import { addRequestsRelease } from "./requests-release.ts";
import { addRequestsSettle } from "./requests-settle.ts";
import { addRequestsShow } from "./requests-show.ts";

export function addRequests(program: Command, cli: Cli): void {
  const requests = program
    .command("requests")
    .description("Your requests: what became of them, their answers, and your money where there is none.")
    .addHelpText(
      "after",
      examples(
        ["cloakwork requests list", "all requests this vault remembers"],
        ["cloakwork requests show 12 --wait", "go on with request 12 until its answer is open"],
        ["cloakwork requests refund 12", "take back what was paid for a request nobody answered"],
      ),
    );
  addRequestsList(requests, cli);
  addRequestsShow(requests, cli);
  addRequestsSettle(requests, cli);
  addRequestsRefund(requests, cli);
  addRequestsCancel(requests, cli);
  addRequestsRedraw(requests, cli);
  addRequestsComplain(requests, cli);
  addRequestsRelease(requests, cli);
  addRequestsForget(requests, cli);
}
