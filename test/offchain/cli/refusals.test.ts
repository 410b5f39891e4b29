import { expect } from "chai";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";

import { encryptKeystoreJson, Wallet } from "ethers";

import { writeDeployment } from "../../../offchain/chain/node/deployment-file.ts";
import { openProvider } from "../../../offchain/chain/provider.ts";
import { deployCloakwork } from "../../../scripts/deploy/deploy-cloakwork.ts";
import { startLocalChain, type LocalChain } from "../../../scripts/local-chain.ts";
import { errorOf, runApart, runHere, temporaryHome, type Ran, type RunOptions } from "./run.ts";

const PASSPHRASE = "correct horse battery staple";
const KEY = `0x${"ab".repeat(32)}`;

describe("what the command refuses", function () {
  this.timeout(120_000);
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let chain: LocalChain;
  let provider: Awaited<ReturnType<typeof openProvider>>;

  before(async () => {
    home = await temporaryHome();
    chain = await startLocalChain();
    provider = await openProvider(chain.url);
  });
  after(async () => {
    provider.destroy();
    await chain.stop();
    await home.remove();
  });

  const at = (folder: string) => path.join(home.folder, folder);
  const cloakwork = (args: readonly string[], env: Record<string, string> = {}, more: RunOptions = {}): Promise<Ran> =>
    runHere(["--home", at("home"), "--rpc", chain.url, ...args, "--json"], { env, ...more });
  async function refused(code: string, exit: number, ...call: Parameters<typeof cloakwork>): Promise<Ran> {
    const ran = await cloakwork(...call);
    const error = errorOf(ran);
    expect([error.code, ran.code, ran.stdout]).to.deep.equal([code, exit, ""]);
    expect(error.message).to.match(/\S$/);
    expect(error.next).to.match(/[.?]$/);
    return ran;
  }

  it("command lines that are wrong: exit code 2, one error object", async () => {
    await refused("USAGE", 2, ["modles"]);
    await refused("USAGE", 2, ["models", "1", "2"]);
    await refused("USAGE", 2, ["models", "--nope"]);
    await refused("USAGE", 2, ["infer", "1"]);
    await refused("USAGE", 2, []);
    await refused("USAGE", 2, ["infer", "seven", "--input", "x.json"]);
    await refused("USAGE", 2, ["models", "--rpc", "ftp://example.org"]);
    await refused("USAGE", 2, ["node", "withdraw", "--data"]);
  });

  it("the same as text when nobody asked for JSON", async () => {
    const ran = await runHere(["modles"]);
    expect(ran.code).to.equal(2);
    expect(ran.stderr).to.match(/^USAGE: Unknown command 'modles'\.\nSee --help/);
  });

  it("a chain that cannot be reached, or has no deployment, or another one than the file is of", async () => {
    const { stderr } = await refused("RPC_UNREACHABLE", 1, ["models", "--rpc", "http://127.0.0.1:9/secret"]);
    expect(stderr).to.include("127.0.0.1:9").and.not.include("secret");
    const apart = await runApart(["models", "--json"], {
      env: { CLOAKWORK_RPC: chain.url, CLOAKWORK_HOME: at("home") },
    });
    expect([errorOf(apart).code, apart.code]).to.deep.equal(["DEPLOYMENT_MISSING", 1]);
    await mkdir(at("deployments"), { recursive: true });
    const file = at("deployments/31337.json");
    for (const text of ["", "{}", '{"version":1,"chainId":1}']) {
      await writeFile(file, text);
      await refused("DEPLOYMENT_INVALID", 1, ["models", "--deployment", file]);
    }
    await refused("FILE_UNREADABLE", 1, ["models", "--deployment", at("deployments/none.json")]);
  });

  it("inputs that are no numbers, without repeating what is in them", async () => {
    const cases: [string, string][] = [
      ["FILE_INVALID", '{"patient": "Ada", "pulse": 93}'],
      ["FILE_INVALID", "[1, 2, null]"],
      ["FILE_INVALID", "93, 94"],
      ["FILE_INVALID", '["93"]'],
    ];
    for (const [code, text] of cases) {
      await writeFile(at("input.json"), text);
      const { stderr } = await refused(code, 1, ["infer", "1", "--input", at("input.json")]);
      expect(stderr).to.not.match(/Ada|93/);
    }
    await refused("FILE_INVALID", 1, ["infer", "1", "--input", "-"], {}, { input: "[1, NaN]" });
    await refused("FILE_UNREADABLE", 1, ["infer", "1", "--input", at("nothing.json")]);
  });

  it("passphrases that are missing, short or wrong, and vaults that are there or not", async () => {
    await refused("NO_PASSPHRASE", 1, ["vault", "create"]);
    await refused("VAULT_WEAK_PASSPHRASE", 1, ["vault", "create"], { CLOAKWORK_PASSPHRASE: "short" });
    await refused("VAULT_MISSING", 1, ["keys", "backup", at("b.json")], { CLOAKWORK_PASSPHRASE: PASSPHRASE });

    const made = await cloakwork(["vault", "create"], { CLOAKWORK_PASSPHRASE: PASSPHRASE });
    expect(JSON.parse(made.stdout)).to.deep.equal({ vault: at("home/vault.json") });
    expect((await stat(at("home/vault.json"))).mode & 0o777).to.equal(0o600);
    await refused("VAULT_EXISTS", 1, ["vault", "create"], { CLOAKWORK_PASSPHRASE: PASSPHRASE });

    const before = await readFile(at("home/vault.json"));
    const wrong = { CLOAKWORK_PASSPHRASE: "not the right one" };
    await refused("VAULT_WRONG_PASSPHRASE", 1, ["keys", "backup", at("b.json")], wrong);
    expect(await readFile(at("home/vault.json"))).to.deep.equal(before);
  });

  it("takes the passphrase from a file too, backs up to new files only, and restores where nothing is", async () => {
    await writeFile(at("passphrase"), `${PASSPHRASE}\n`);
    const file = ["--passphrase-file", at("passphrase")];
    expect((await cloakwork(["keys", "backup", at("backup.json"), ...file])).code).to.equal(0);
    expect((await stat(at("backup.json"))).mode & 0o777).to.equal(0o600);
    await refused("BACKUP_NOT_WRITTEN", 1, ["keys", "backup", at("backup.json"), ...file]);
    await refused("VAULT_EXISTS", 1, ["keys", "restore", at("backup.json"), ...file]);
    const elsewhere = ["--home", at("elsewhere")];
    const wrong = { CLOAKWORK_PASSPHRASE: "not the right one" };
    await refused("VAULT_WRONG_PASSPHRASE", 1, ["keys", "restore", at("backup.json"), ...elsewhere], wrong);
    const restored = await cloakwork(["keys", "restore", at("backup.json"), ...elsewhere, ...file]);
    expect(JSON.parse(restored.stdout)).to.deep.equal({ vault: at("elsewhere/vault.json"), keySets: 0, requests: 0 });
    await writeFile(at("junk.json"), "junk");
    await refused("VAULT_DAMAGED", 1, ["keys", "restore", at("junk.json"), "--home", at("third"), ...file]);
  });

  it("keys of nodes that are there already, settings that are wrong", async () => {
    const env = { CLOAKWORK_PASSPHRASE: PASSPHRASE, CLOAKWORK_PRIVATE_KEY: KEY };
    const made = await cloakwork(["node", "init", "--public-url", "http://127.0.0.1:8440"], env);
    const { account, data } = JSON.parse(made.stdout) as { account: string; data: string };
    expect(account).to.equal(new Wallet(KEY).address);
    expect((await readFile(path.join(data, "identity.jwe"), "utf8")).split(".")).to.have.length(5);
    await refused("NODE_IDENTITY", 1, ["node", "init"], env);
    const { stderr } = await refused("NODE_CONFIG", 1, ["node", "init", "--port", "70000"], env);
    expect(stderr).to.include("port");
    await refused("NODE_CONFIG", 1, ["node", "start"], { ...env, CLOAKWORK_NODE_WORKRES: "2" });
  });

  it("keys of accounts that are none, without repeating them, and commands without an account", async () => {
    await mkdir(at("deployments"), { recursive: true });
    const wallet = new Wallet(chain.accounts[0].privateKey, provider);
    const folder = ["--deployment", at("real")];
    writeDeployment(at("real"), await deployCloakwork(wallet));
    const { stderr } = await refused("PRIVATE_KEY_INVALID", 1, ["requests", "settle", "1", ...folder], {
      CLOAKWORK_PRIVATE_KEY: "0x1234beef",
    });
    expect(stderr).to.not.include("1234beef");
    await refused("NO_ACCOUNT", 1, ["requests", "settle", "1", ...folder]);
    await writeFile(at("keystore.json"), "{}");
    const keystore = ["--keystore", at("keystore.json")];
    await refused("NO_PASSPHRASE", 1, ["requests", "settle", "1", ...folder, ...keystore]);
    const env = { CLOAKWORK_PASSPHRASE: PASSPHRASE };
    await refused("FILE_INVALID", 1, ["requests", "settle", "1", ...folder, ...keystore], env);
    await writeFile(
      at("keystore.json"),
      await encryptKeystoreJson(wallet, "another", { scrypt: { N: 1024, r: 8, p: 1 } }),
    );
    await refused("KEYSTORE_PASSPHRASE", 1, ["requests", "settle", "1", ...folder, ...keystore], env);
    const other = { CLOAKWORK_KEYSTORE_PASSPHRASE: "another" };
    await refused("INFERENCE_HUB_WRONG_STATE", 1, ["requests", "settle", "1", ...folder, ...keystore], other);
  });

  it("Ctrl-C while it waits for an input: exit code 130, and what to do", async () => {
    const ran = await runApart(["infer", "1", "--input", "-"], {
      onLine: (line, interrupt) => {
        if (line.startsWith("Reading")) interrupt();
      },
    });
    expect(ran.code).to.equal(130);
    expect(ran.stderr).to.match(/INTERRUPTED: .*\nRun the same command again/);
  });
});
