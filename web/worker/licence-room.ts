/** Models an account is licensed for: what the chain says of them, and evaluating them here, where nothing leaves. */
import { getLicences } from "../../offchain/chain/licences.ts";
import type { Hex } from "../../offchain/chain/types.ts";
import { getModelCard } from "../../offchain/client/catalogue.ts";
import { downloadModel, type DownloadEvent, type LicensedPlan } from "../../offchain/client/download-model.ts";
import { evaluateModel } from "../../offchain/client/evaluate-model.ts";
import { openRecipientKey } from "../../offchain/client/recipient-key.ts";
import type { Answer, ReadContext } from "../../offchain/client/types.ts";
import type { Vault } from "../../offchain/client/vault/vault.ts";
import { concatBytes } from "../../offchain/digest/bytes.ts";
import { untrusted } from "../../offchain/fhe/ckks/untrusted.ts";
import { parsePlan } from "../../offchain/fhe/plan/canonical.ts";
import type { CheckedPlan } from "../../offchain/fhe/plan/typecheck.ts";
import { modelFilePieces } from "../../offchain/sealing/model-file.ts";
import type { LicenceRow } from "../lib/licence-row.ts";
import { planFor } from "../lib/model-figures.ts";
import type { CallContext } from "./protocol.ts";

type Context = ReadContext & { readonly vault: Vault };

/** What to ask of which model. */
export interface LicensedQuestion extends LicensedPlan {
  /** The flattened input. */
  readonly values: Float32Array;
}

interface OpenModel {
  readonly name: string;
  readonly checked: CheckedPlan;
  readonly residues: Uint32Array;
}

export class LicenceRoom {
  /** The last model asked: its weights in the clear, in this worker's memory alone. */
  #open: OpenModel | undefined;

  /** The licences an account has or had, newest first. */
  async list(context: ReadContext, licensee: Hex, signal: AbortSignal): Promise<LicenceRow[]> {
    const licences = await getLicences(context.provider, context.deployment, { licensee });
    const rows = licences.map(async ({ modelId, version, grant, blockNumber }): Promise<LicenceRow> => {
      const [{ manifest, model }, block] = await Promise.all([
        getModelCard(context, modelId, signal),
        context.provider.getBlock(blockNumber),
      ]);
      const newest = model?.versions === version;
      return {
        modelId,
        version,
        title: manifest?.title,
        newest,
        planIndex: newest && manifest ? planFor(manifest).index : undefined,
        stands: grant !== undefined,
        givenAt: (block?.timestamp ?? 0) * 1_000,
      };
    });
    return (await Promise.all(rows)).reverse();
  }

  /**
   * Evaluates a licensed model here. It is fetched and checked against the chain the first time.
   *
   * @throws as `downloadModel`, `evaluateModel`, `openRecipientKey`
   */
  async ask(
    context: Context,
    { values, ...plan }: LicensedQuestion,
    { signal, progress }: CallContext<DownloadEvent>,
  ): Promise<Answer> {
    const { checked, residues } = await this.#opened(context, plan, signal, progress);
    const [answer] = await evaluateModel(checked, residues, values, signal);
    return answer;
  }

  /** The model as a file for `cloakwork model run`. @throws as `downloadModel`, `openRecipientKey` */
  async file(
    context: Context,
    plan: LicensedPlan,
    { signal, progress }: CallContext<DownloadEvent>,
  ): Promise<Uint8Array> {
    const file = await this.#fetch(context, plan, signal, progress);
    try {
      return concatBytes(...modelFilePieces(file));
    } finally {
      file.residues.fill(0);
    }
  }

  /** Overwrites the weights that are held. */
  forget(): void {
    this.#open?.residues.fill(0);
    this.#open = undefined;
  }

  async #opened(
    context: Context,
    plan: LicensedPlan,
    signal: AbortSignal,
    onEvent: (event: DownloadEvent) => void,
  ): Promise<OpenModel> {
    const name = JSON.stringify([plan.modelId.toString(), plan.version, plan.planIndex, plan.licensee]);
    if (this.#open?.name === name) return this.#open;
    this.forget();
    const file = await this.#fetch(context, plan, signal, onEvent);
    return (this.#open = { name, checked: parsePlan(untrusted(file.plan)), residues: file.residues });
  }

  async #fetch(context: Context, plan: LicensedPlan, signal: AbortSignal, onEvent: (event: DownloadEvent) => void) {
    const key = await openRecipientKey(context.vault);
    return downloadModel(context, { ...plan, key }, { signal, onEvent });
  }
}
