import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";

import { expect } from "chai";

import type { Bytes32 } from "../../../offchain/digest/hex.ts";
import { RecordFiles } from "../../../offchain/publisher/record-files.ts";
import { newRecord, type PublicationRecord } from "../../../offchain/publisher/record.ts";
import { failure, temporaryFolder } from "../storage/helpers.ts";

const root = (byte: string): Bytes32 => `0x${byte.repeat(32)}`;

const full = (fingerprint: Bytes32): PublicationRecord => ({
  version: 1,
  fingerprint,
  measured: { samples: 3, plain: "1", encrypted: "0.98", data: "three" },
  sealed: { packageRoot: root("01"), packageBytes: 5, weightsRoot: root("02"), noiseRoot: root("03"), envelope: "{}" },
  registration: { manifestRoot: root("04"), fromBlock: 7, hash: root("05"), modelId: "12", version: 1 },
  grants: [{ node: `0x${"aB".repeat(20)}`, point: "0x04", envelopeRoot: root("06") }],
});

describe("Records of publications", () => {
  let folder: string;
  let dispose: () => Promise<void>;
  let records: RecordFiles;

  beforeEach(async () => {
    ({ folder, dispose } = await temporaryFolder());
    records = new RecordFiles(path.join(folder, "records"));
  });
  afterEach(() => dispose());

  it("come back as they were written, each under its fingerprint, for their owner alone", async () => {
    expect(await records.read(root("aa"))).to.equal(undefined);
    expect(await records.list()).to.deep.equal([]);
    await records.write(newRecord(root("aa")));
    await records.write(full(root("bb")));
    await records.write(full(root("aa")));
    expect(await records.read(root("aa"))).to.deep.equal(full(root("aa")));
    expect((await records.list()).map(({ fingerprint }) => fingerprint).sort()).to.deep.equal([root("aa"), root("bb")]);
    const names = await readdir(path.join(folder, "records"));
    expect(names.sort()).to.deep.equal([`${"aa".repeat(32)}.json`, `${"bb".repeat(32)}.json`]);
    const mode = async (file: string) => (await stat(path.join(folder, "records", file))).mode & 0o777;
    expect(await mode(names[0])).to.equal(0o600);
    expect(await mode(".")).to.equal(0o700);
  });

  it("are refused when damaged, and name the file", async () => {
    await records.write(full(root("aa")));
    const file = path.join(folder, "records", `${"aa".repeat(32)}.json`);
    const good = await readFile(file, "utf8");
    for (const bad of [
      "",
      "{",
      "null",
      good.replace('"version": 1', '"version": 2'),
      good.replace("0x01", "0xZZ"),
      good.replace('"grants"', '"more"'),
    ]) {
      await writeFile(file, bad);
      expect((await failure(records.read(root("aa")), "PUBLISH_RECORD")).message).to.include(file);
      await failure(records.list(), "PUBLISH_RECORD");
    }
  });

  it("leave nothing behind when they cannot be written", async () => {
    await mkdir(path.join(folder, "records", `${"aa".repeat(32)}.json`), { recursive: true });
    const outcome = await records.write(newRecord(root("aa"))).then(
      () => "written",
      () => "refused",
    );
    expect(outcome).to.equal("refused");
    expect(await readdir(path.join(folder, "records"))).to.deep.equal([`${"aa".repeat(32)}.json`]);
  });
});
