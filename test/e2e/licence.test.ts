/** A licensee of the digits model has it on its own machine: from the nodes' stores, checked against the chain, and it reads a digit. */
import { expect } from "chai";

import { licenseAccount } from "../../offchain/publisher/license.ts";
import { revokeLicence } from "../../offchain/chain/licences.ts";
import { downloadModel, newestLicensedVersion } from "../../offchain/client/download-model.ts";
import { evaluateModel } from "../../offchain/client/evaluate-model.ts";
import { ensureRecipientKey, openRecipientKey } from "../../offchain/client/recipient-key.ts";
import { concatBytes } from "../../offchain/digest/bytes.ts";
import { modelFilePieces, parseModelFile } from "../../offchain/sealing/model-file.ts";
import { loadDigits, takeDigits } from "../../scripts/digits/data.ts";
import { predict, winners } from "../../scripts/digits/evaluate.ts";
import { readModel } from "../../scripts/digits/model-files.ts";
import { sharedNetwork, user } from "./shared-network.ts";

describe("a licence for the digits model", function () {
  this.timeout(120_000);

  it("brings the model the nodes serve to the licensee, whose answers are TensorFlow.js's; revoked, nothing comes any more", async () => {
    const { published, publisher, deployment } = await sharedNetwork();
    const { modelId, version } = published;
    const context = await user(4);
    const licensee = context.wallet.address;
    const { publicKey } = await ensureRecipientKey(context.vault);
    await licenseAccount(publisher, { modelId, version }, { account: licensee, point: publicKey.point });
    expect(await newestLicensedVersion(context, modelId, licensee)).to.equal(version);

    const request = { modelId, version, planIndex: 0, licensee, key: await openRecipientKey(context.vault) };
    const file = concatBytes(...modelFilePieces(await downloadModel(context, request)));
    const { checked, residues } = parseModelFile(file);
    const { images } = takeDigits(loadDigits().heldOut, Uint32Array.of(0));
    const plain = predict(await readModel("models/digits"), images);
    const [answer] = await evaluateModel(checked, residues, images);
    expect(answer.values).to.have.length(10);
    answer.values.forEach((value, k) => expect(value).to.be.closeTo(plain[k], answer.errorBound));
    expect(answer.index).to.equal(winners(plain)[0]);

    await (await revokeLicence(publisher.signer, deployment.contracts, modelId, version, licensee)).wait();
    let refused: unknown;
    await downloadModel(context, request).catch((error: unknown) => (refused = error));
    expect(refused).to.include({ code: "LICENCE_REVOKED" });
    expect(await newestLicensedVersion(context, modelId, licensee)).to.equal(undefined);
  });
});
