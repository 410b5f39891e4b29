/** Models with more outputs than a compact result holds: several results, inline as long as the hub takes them, as a blob when not. */
import { expect } from "chai";

import { getQuote, getRequest } from "../../offchain/chain/requests.ts";
import { infer } from "../../offchain/client/infer.ts";
import type { ClientContext } from "../../offchain/client/types.ts";
import { publishModel } from "../../offchain/publisher/publish.ts";
import { untilServing } from "../../scripts/network/fleet.ts";
import { sharedNetwork, user } from "./shared-network.ts";
import { wideModel } from "./wide-model.ts";

describe("an answer of several compact results", function () {
  this.timeout(120_000);
  let context: ClientContext;

  before(async () => {
    context = await user(5);
  });

  for (const [outputs, kind, bytes] of [
    [150, 0, 3 * 2344],
    [300, 1, 5 * 2344],
  ] as const) {
    it(`of ${outputs} classes: ${bytes} bytes, ${kind === 0 ? "on chain" : "from the node by its digest"}`, async () => {
      const { publisher, nodes, provider, deployment } = await sharedNetwork();
      const { request, input, expected } = await wideModel(outputs, "linear");
      const published = await publishModel({ ...request, nodes: nodes.map(({ address }) => address) }, publisher);
      await untilServing({ provider, deployment }, published.modelId, 1);
      const { modelId, version, manifest } = published;
      const price = await getQuote(provider, deployment.contracts, modelId, version, 0);
      const asked = { modelId, version, planIndex: 0, values: input, price, stated: manifest };
      const { requestId, answer, bytes: moved } = await infer(context, asked);

      const { result } = await getRequest(provider, deployment.contracts, requestId);
      expect(result).to.deep.include({ kind, size: bytes });
      expect(moved.result).to.equal(bytes);
      expect(answer.values).to.have.length(outputs);
      const { errorBound, step } = answer;
      expect(errorBound).to.be.below(Math.max(...expected.map(Math.abs)) / 4);
      answer.values.forEach((value, k) => expect(value, `class ${k}`).to.be.closeTo(expected[k], errorBound + step));
      expect(answer.label).to.equal(`class ${answer.index}`);
    });
  }
});
