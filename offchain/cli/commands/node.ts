import type { Command } from "commander";

import type { Cli } from "../cli.ts";
import { examples } from "../help.ts";
import { addNodeExit } from "./node-exit.ts";
import { addNodeInit } from "./node-init.ts";
import { addNodeJoin } from "./node-join.ts";
import { addNodeLeave } from "./node-leave.ts";
import { addNodeRegister } from "./node-register.ts";
import { addNodeStake } from "./node-stake.ts";
import { addNodeStart } from "./node-start.ts";
import { addNodeStatus } from "./node-status.ts";
import { addNodeToken } from "./node-token.ts";
import { addNodeWithdraw } from "./node-withdraw.ts";

export function addNode(program: Command, cli: Cli): void {
  const node = program
    .command("node")
    .description("For operators: evaluate models on ciphertext, earn fees, answer with a stake.")
    .addHelpText(
      "after",
      examples(
        ["cloakwork node init --public-url https://node.example.org", "make the node's keys and settings, once"],
        ["cloakwork node start", "register if need be, then serve until Ctrl-C"],
        ["cloakwork node status", "what it does and what stands on chain"],
      ),
    );
  addNodeInit(node, cli);
  addNodeRegister(node, cli);
  addNodeStart(node, cli);
  addNodeStatus(node, cli);
  addNodeJoin(node, cli);
  addNodeLeave(node, cli);
  addNodeStake(node, cli);
  addNodeToken(node, cli);
  addNodeExit(node, cli);
  addNodeWithdraw(node, cli);
}
