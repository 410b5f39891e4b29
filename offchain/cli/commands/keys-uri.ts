import type { Command } from "commander";

import { setKeysUri } from "../../client/set-keys-uri.ts";
import type { Cli } from "../cli.ts";
import { connect, connectClient } from "../connect.ts";
import { findKeySet } from "../find-key-set.ts";
import { shorten } from "../format.ts";
import { examples, paragraph } from "../help.ts";
import { settingsOf } from "../settings.ts";

export function addKeysUri(keys: Command, cli: Cli): void {
  keys
    .command("uri")
    .description("Say where a key set's packs are served from now on.")
    .argument("<key set>", "its id, or at least the first 6 digits of it (0x…)")
    .argument("<url>", "base URL of a blob store that has the packs")
    .addHelpText(
      "after",
      examples([
        "cloakwork keys uri 0x12ab34cd https://blobs.example.org",
        "for example before the store that has them now goes away",
      ]) +
        paragraph(
          "Nodes look there for the keys that a request is made with. They hold no secrets. Copy the packs first: nothing is changed unless each\n" +
            "is served at <url>/blobs/<root> in its full size.",
        ),
    )
    .action(async (reference: string, url: string, _options: object, command: Command) => {
      const settings = settingsOf(command);
      using connection = await connect(settings);
      const context = await connectClient(cli, settings, connection);
      const keySetId = await findKeySet(context.vault, reference);
      const { uri, mined } = await setKeysUri(context, keySetId, url, cli.signal);
      cli.output.result(
        { keySetId, uri, changed: mined !== undefined, hash: mined?.hash, gasUsed: mined?.gasUsed },
        mined === undefined
          ? `The keys of key set ${shorten(keySetId)} are at ${uri} already.`
          : `The keys of key set ${shorten(keySetId)} are at ${uri} now: ${mined.hash}.`,
      );
    });
}
