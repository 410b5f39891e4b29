import { expect } from "chai";
import type { Command } from "commander";

import { Output } from "../../../offchain/cli/output.ts";
import { createProgram } from "../../../offchain/cli/program.ts";
import { runApart, runHere } from "./run.ts";

const cli = {
  env: {},
  stdin: process.stdin,
  output: new Output(process, false),
  signal: new AbortController().signal,
  onInterrupt: () => undefined,
  canAsk: false,
};
const program = await createProgram(cli);

function all(command: Command): Command[] {
  return [command, ...command.commands.flatMap(all)];
}

function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

const nameOf = (command: Command): string =>
  command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;

/** The command lines of a help text's examples, without the shell around them. */
function examplesIn(help: string): string[][] {
  return [...help.matchAll(/^ {2}\$ (.*)$/gm)].map(([, line]) => {
    const [, words] = /cloakwork (.*?)(?: \| .*)?$/.exec(line) ?? [];
    return words.match(/"[^"]*"|\S+/g) ?? [];
  });
}

describe("help", () => {
  const commands = all(program);

  it("is there for every command that was promised", () => {
    expect(commands.map(nameOf)).to.include.members(
      [
        "models",
        "infer",
        "keys list",
        "keys backup",
        "keys restore",
        "keys revoke",
        "vault create",
        "model publish",
        "model compile",
        "model authorise",
        "model revoke",
        "model status",
        "model price",
        "model withdraw",
        "model transfer",
        "model license",
        "model revoke-licence",
        "model licences",
        "model download",
        "model run",
        "keys recipient",
        "node init",
        "node register",
        "node start",
        "node status",
        "node join",
        "node leave",
        "node stake",
        "node token",
        "node exit",
        "node withdraw",
        "requests list",
        "requests show",
        "requests refund",
        "requests settle",
        "requests complain",
        "requests redraw",
        "keys delegate",
        "keys uri",
      ].map((name) => `cloakwork ${name}`),
    );
  });

  it("is there for all commands where the line calls none, and for the one it calls where it does", async () => {
    const added = async (...argv: string[]) =>
      (await createProgram(cli, argv)).commands.map((command) => command.name()).join(" ");
    const every = "models infer requests keys vault model node";
    for (const argv of [[], ["--help"], ["help", "node"], ["nodes"], ["toString"], ["--home", "node"], ["--rpc"]])
      expect(await added(...argv), argv.join(" ")).to.equal(every);
    expect(await added("node", "start")).to.equal("node");
    expect(await added("--endpoint", "infer", "--json", "models", "node")).to.equal("models");
  });

  for (const command of commands) {
    it(`of ${nameOf(command)} says what it does and gives examples that are right`, () => {
      const help = helpOf(command);
      expect(command.description()).to.match(/\.$/);
      const examples = examplesIn(help);
      expect(examples.length, "examples").to.be.greaterThan(0);
      for (const words of examples) {
        let at: Command = program;
        for (const word of words) at = at.commands.find((sub) => sub.name() === word) ?? at;
        const known = [...at.options, ...program.options].flatMap(({ long, short }) => [long, short]);
        for (const word of words.filter((one) => one.startsWith("-") && one.length > 1)) {
          expect(known, `${words.join(" ")} uses ${word}`).to.include(word.split("=")[0]);
        }
        if (command.commands.length === 0) expect(nameOf(at), words.join(" ")).to.be.a("string");
        const least = at.registeredArguments.filter(({ required }) => required).length;
        const isGroup = at.commands.length > 0;
        expect(isGroup, `${words.join(" ")} names a whole command`).to.equal(false);
        expect(words.length).to.be.at.least(least + 1);
      }
    });
  }

  it("offers no option that would take a secret", () => {
    for (const command of commands) {
      for (const { long } of command.options) {
        expect(long, nameOf(command)).to.not.match(/private|secret|^--key$|^--passphrase$|mnemonic|seed/);
      }
    }
  });
});

describe("the command's frame", function () {
  this.timeout(60_000);

  it("prints help and version, and ends well", async () => {
    const help = await runApart(["keys", "backup", "--help"]);
    expect([help.code, help.stderr]).to.deep.equal([0, ""]);
    expect(help.stdout).to.match(/Usage: cloakwork keys backup .*Examples:/s);
    const version = await runApart(["--version"]);
    expect([version.code, version.stdout]).to.deep.equal([0, "0.1.0\n"]);
  });

  it("shows the help of a group that was given no command, and fails", async () => {
    const ran = await runHere(["requests"]);
    expect(ran.code).to.equal(2);
    expect(ran.stderr).to.match(/Usage: cloakwork requests .*Examples:/s);
    expect(ran.stdout).to.equal("");
  });
});
