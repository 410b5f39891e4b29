/**
 * Publishes a model: import → compile → measure under encryption → seal → store → register → authorise nodes.
 *
 * Every step is remembered before the next one begins, and looks at the world before it acts: run again after an interruption, publishing
 * goes on where it stopped, and run again after success it changes nothing. What it cannot tell is a second run at the same time.
 */
import type { Hex, VersionContent } from "../chain/types.ts";
import { ZERO_HASH, type Bytes32 } from "../digest/hex.ts";
import type { Graph } from "../fhe/graph/graph.ts";
import { importTfjs } from "../fhe/graph/import-tfjs.ts";
import { checkPlan, planBytes } from "../fhe/plan/canonical.ts";
import { compile, type CompiledModel } from "../fhe/plan/compile.ts";
import type { CheckedPlan } from "../fhe/plan/typecheck.ts";
import { sealEnvelope } from "../sealing/envelope.ts";
import { encodeManifest, type Manifest } from "../sealing/manifest.ts";
import { sealPackage, versionKeys } from "../sealing/package.ts";
import { wipeVersionKeys, type PackageKeys } from "../sealing/version-keys.ts";
import type { StoredBlob } from "../storage/store.ts";
import { authoriseNodes, requireNode } from "./authorise.ts";
import { makeManifest } from "./describe.ts";
import { PublishError } from "./errors.ts";
import { publicationFingerprint } from "./fingerprint.ts";
import { requireAccuracy, requireWithinBound } from "./judge.ts";
import { measureUnderEncryption, type Measurement } from "./measure.ts";
import { requireProvider } from "./ports.ts";
import { newRecord, type Measured, type PublicationRecord, type SealedPackage } from "./record.ts";
import { isPublished, registerOnce, requireOwner, type Registered } from "./register.ts";
import type { Published, PublishEvent, PublishOptions, PublishPorts, PublishRequest, PublishStep } from "./types.ts";

/** A model as one of its plans and the encoded weights. */
interface Compiled {
  /** How many times the fees are charged for it. */
  readonly units: number;
  /** What the plan computes, and its activations as they were fitted. */
  readonly computed: Pick<CompiledModel, "graph" | "activations">;
  readonly checked: CheckedPlan;
  readonly residues: Uint32Array<ArrayBuffer>;
}

type Sealed = NonNullable<PublicationRecord["sealed"]>;

/**
 * Publishes a model, or goes on publishing it.
 *
 * @returns the version as it stands on chain
 * @throws ModelError, CompileError: the model cannot be compiled; PublishError; ManifestError: the description; StorageError,
 *   BlobUnavailableError; CloakworkError decoded by `decodeContractError`; the signal's reason
 */
export async function publishModel(
  request: PublishRequest,
  ports: PublishPorts,
  options: PublishOptions = {},
): Promise<Published> {
  const run = new Run(request, ports, options);
  await run.preflight();
  const graph = run.importModel();
  const compiled = run.compileModel(graph);
  run.checkDescription(compiled);
  await run.remembered(compiled);
  const measured = await run.measure(graph, compiled);
  const sealed = await run.seal(compiled);
  const { manifest, manifestRoot } = await run.store(compiled, sealed, measured);
  const { modelId, version } = await run.register(manifest, manifestRoot);
  const nodes = await authoriseNodes(ports, { modelId, version }, request.nodes ?? [], options);
  return { modelId, version, manifest, manifestRoot, nodes };
}

class Run {
  readonly #request: PublishRequest;
  readonly #ports: PublishPorts;
  readonly #options: PublishOptions;
  #record: PublicationRecord | undefined;

  constructor(request: PublishRequest, ports: PublishPorts, options: PublishOptions) {
    this.#request = request;
    this.#ports = ports;
    this.#options = options;
  }

  /** What would be refused at the end is refused before minutes are spent. */
  async preflight(): Promise<void> {
    const { signer, deployment } = this.#ports;
    const { modelId, nodes = [] } = this.#request;
    const provider = requireProvider(this.#ports);
    if (modelId !== undefined) await requireOwner(provider, deployment, modelId, (await signer.getAddress()) as Hex);
    for (const node of nodes) await requireNode(provider, deployment, node);
  }

  importModel(): Graph {
    this.#tell("import", "active", "Reading the model.");
    const { modelJson, weights } = this.#request.source;
    const graph = importTfjs(modelJson, weights);
    this.#tell("import", "done", `Read ${graph.nodes.length} operations.`, { bytes: weights.length });
    return graph;
  }

  compileModel(graph: Graph): readonly Compiled[] {
    const { compile: options, batch, units = 1 } = this.#request;
    this.#tell("compile", "active", "Compiling the model to a plan.");
    const compiled = [encoded(compile(graph, options), units)];
    if (batch !== undefined) {
      this.#tell("compile", "active", "Compiling the model to a plan for batches.");
      // A batch rotates nothing: neither layouts nor hoisting have a meaning for it, and its result has bits of its own.
      const { calibration, calibrationLabels, inputRange, labels, model, margin, activations } = options;
      const shared = { calibrationLabels, labels, model, margin, activations };
      const given = Object.fromEntries(Object.entries(shared).filter(([, value]) => value !== undefined));
      const bits = batch.bits === undefined ? {} : { bits: batch.bits };
      compiled.push(encoded(compile(graph, { ...given, calibration, inputRange, batch: true, ...bits }), batch.units));
    }
    const [{ checked }] = compiled;
    const more = batch === undefined ? "" : ", and for batches";
    const detail = `Compiled to ${checked.plan.instructions.length} instructions at ${checked.plan.params.id}${more}.`;
    this.#tell("compile", "done", detail, {
      bytes: compiled.reduce((sum, { residues }) => sum + residues.byteLength, 0),
    });
    return compiled;
  }

  /** @throws ManifestError: digests and figures are still to come, what the owner wrote is there */
  checkDescription(compiled: readonly Compiled[]): void {
    const { description, samples } = this.#request;
    const sealed = { packageRoot: ZERO_HASH, packageBytes: 1, weightsRoot: ZERO_HASH };
    const accuracy = { samples: 1, plain: "1", encrypted: "1", data: samples.data };
    const plans = compiled.map(({ checked: { plan }, units }) => ({ plan, units, sealed, accuracy }));
    encodeManifest(makeManifest({ description, noiseRoot: ZERO_HASH, plans }));
  }

  async remembered(compiled: readonly Compiled[]): Promise<void> {
    const plans = compiled.map(({ checked: { plan }, residues }) => ({ plan, residues }));
    const fingerprint = publicationFingerprint(this.#request, this.#ports.deployment, plans);
    this.#record = (await this.#ports.records.read(fingerprint)) ?? newRecord(fingerprint);
  }

  /** @returns one a plan */
  async measure(trained: Graph, compiled: readonly Compiled[]): Promise<readonly Measured[]> {
    const all: Measured[] = [];
    for (const [index, one] of compiled.entries()) {
      const { measured: first, measuredMore = [] } = this.#known;
      const known = index === 0 ? first : measuredMore.at(index - 1);
      const measured = known ?? (await this.#measureOne(trained, one));
      if (known !== undefined) this.#tell("measure", "kept", accuracyOf(measured));
      else if (index === 0) await this.#remember({ measured });
      else await this.#remember({ measuredMore: [...measuredMore, measured] });
      requireAccuracy(Number(measured.plain), Number(measured.encrypted), this.#request.maxDrop);
      all.push(measured);
    }
    return all;
  }

  async #measureOne(trained: Graph, { computed, checked, residues }: Compiled): Promise<Measured> {
    const { samples } = this.#request;
    const what = `Measuring accuracy under encryption${checked.plan.batch === undefined ? "" : ", of a batch"}.`;
    this.#tell("measure", "active", what);
    const found = await measureUnderEncryption(computed.graph, checked, residues, samples, {
      activations: computed.activations,
      trained,
      signal: this.#options.signal,
      onProgress: (progress) => {
        this.#tell("measure", "active", what, { progress });
      },
    });
    requireWithinBound(found, checked.plan);
    const { data } = samples;
    const measured = { samples: found.samples, plain: share(found.plain), encrypted: share(found.encrypted), data };
    this.#tell("measure", "done", `${accuracyOf(measured)}${outsideText(found)}`);
    return measured;
  }

  /** Seals the packages of all plans at once: they share an envelope. */
  async seal(compiled: readonly Compiled[]): Promise<Sealed> {
    const { store, owner } = this.#ports;
    const earlier = this.#known.sealed;
    if (earlier !== undefined) {
      const lost = await this.#lostPackage(earlier);
      if (lost === undefined) {
        this.#tell("seal", "kept", "The package is sealed and stored already.", { bytes: sealedBytes(earlier) });
        return earlier;
      }
      if (await this.#isOnChain()) {
        throw new PublishError("PUBLISH_PACKAGE_LOST", `The store has lost the package ${lost}.`);
      }
    }
    const what = "Sealing the weights and storing the package.";
    this.#tell("seal", "active", what);
    // Fresh keys each time: an interrupted sealing leaves a blob nobody can open, never a nonce used twice.
    const packages: PackageKeys[] = [];
    const sizes: number[] = [];
    for (const [index, { checked, residues }] of compiled.entries()) {
      const sealing = sealPackage(checked.plan, residues, {
        onProgress: (done, total) => {
          this.#tell("seal", "active", what, { progress: (index + done / total) / compiled.length });
        },
        ...this.#signal,
      });
      await store.put(sealing.body, this.#signal);
      packages.push(sealing.keys());
      sizes.push(sealing.bytes);
    }
    const keys = versionKeys(packages);
    const envelope = new TextDecoder().decode(await sealEnvelope(keys, [owner.publicKey]));
    const [first, ...more] = packages.map(({ packageRoot, weightsRoot }, i) => {
      return { packageRoot, packageBytes: sizes[i], weightsRoot };
    });
    wipeVersionKeys(keys);
    const { noiseRoot } = keys;
    const sealed = { ...first, noiseRoot, envelope, ...(more.length > 0 && { more }) };
    await this.#remember({ sealed });
    this.#tell("seal", "done", "Sealed the weights and stored the package.", { bytes: sealedBytes(sealed) });
    return sealed;
  }

  async #lostPackage(sealed: Sealed): Promise<Bytes32 | undefined> {
    for (const { packageRoot } of packagesOf(sealed))
      if (!(await this.#ports.store.has(packageRoot))) return packageRoot;
    return undefined;
  }

  async store(
    compiled: readonly Compiled[],
    sealed: Sealed,
    measured: readonly Measured[],
  ): Promise<{ manifest: Manifest; manifestRoot: Bytes32 }> {
    this.#tell("store", "active", "Storing the plan and the manifest.");
    const packages = packagesOf(sealed);
    const plans = compiled.map(({ checked: { plan }, units }, i) => {
      return { plan, units, sealed: packages[i], accuracy: measured[i] };
    });
    const manifest = makeManifest({ description: this.#request.description, noiseRoot: sealed.noiseRoot, plans });
    const { store } = this.#ports;
    const stored: StoredBlob[] = [];
    for (const { plan } of plans) stored.push(await store.put(planBytes(plan), this.#signal));
    const { root, ...last } = await store.put(encodeManifest(manifest), this.#signal);
    const total = [...stored, last].reduce((sum, { size }) => sum + size, 0);
    const state = [...stored, last].some(({ created }) => created) ? "done" : "kept";
    this.#tell("store", state, "The plan and the manifest are stored.", { bytes: total });
    return { manifest, manifestRoot: root };
  }

  async register(manifest: Manifest, manifestRoot: Bytes32): Promise<Registered> {
    this.#tell("register", "active", "Registering the version.");
    this.#options.signal?.throwIfAborted();
    const { signer, deployment, uri } = this.#ports;
    const content: VersionContent & { readonly manifestRoot: Bytes32 } = {
      noiseRoot: manifest.noiseRoot,
      manifestRoot,
      manifestUri: uri,
      plans: manifest.plans.map(({ digest, weightsRoot, packageRoot, paramsDigest: params, semantics, units }) => {
        return { planDigest: digest, weightsRoot, packageRoot, paramsDigest: params, semantics, units };
      }),
    };
    const registered = await registerOnce({
      signer,
      provider: requireProvider(this.#ports),
      deployment,
      content,
      terms: this.#request.terms,
      modelId: this.#request.modelId,
      earlier: this.#known.registration,
      remember: (registration) => this.#remember({ registration }),
      onSent: (hash) => {
        this.#tell("register", "active", "Waiting for the transaction.", { hash });
      },
    });
    const { modelId, version, mined } = registered;
    const detail = `Version ${version} of model ${modelId} is on chain.`;
    if (mined === undefined) this.#tell("register", "kept", detail);
    else this.#tell("register", "done", detail, { hash: mined.hash, gas: mined.gasUsed });
    return registered;
  }

  async #isOnChain(): Promise<boolean> {
    const { registration } = this.#known;
    if (registration?.modelId === undefined || registration.version === undefined) return false;
    const name = { modelId: BigInt(registration.modelId), version: registration.version };
    return isPublished(requireProvider(this.#ports), this.#ports.deployment, name, registration.manifestRoot);
  }

  get #known(): PublicationRecord {
    if (this.#record === undefined) throw new TypeError("the record is read first");
    return this.#record;
  }

  async #remember(part: Partial<PublicationRecord>): Promise<void> {
    const record = { ...this.#known, ...part };
    await this.#ports.records.write(record);
    this.#record = record;
  }

  get #signal(): { readonly signal?: AbortSignal } {
    const { signal } = this.#options;
    return signal === undefined ? {} : { signal };
  }

  #tell(step: PublishStep, state: PublishEvent["state"], detail: string, more: Partial<PublishEvent> = {}): void {
    this.#options.onEvent?.({ step, state, at: Date.now(), detail, ...more });
  }
}

function encoded(computed: CompiledModel, units: number): Compiled {
  return { units, computed, checked: checkPlan(computed.plan), residues: computed.constants.residues() };
}

/** The packages of a version, in the order of its plans. */
function packagesOf({ packageRoot, packageBytes, weightsRoot, more = [] }: Sealed): readonly SealedPackage[] {
  return [{ packageRoot, packageBytes, weightsRoot }, ...more];
}

function sealedBytes(sealed: Sealed): number {
  return packagesOf(sealed).reduce((sum, { packageBytes }) => sum + packageBytes, 0);
}

/** A share as the manifest states it: four places. */
function share(value: number): string {
  return String(Number(value.toFixed(4)));
}

/** Says when samples left the ranges that activations were fitted on; nothing when none did. */
function outsideText({ outside: { samples, farthest } }: Pick<Measurement, "outside">): string {
  if (farthest === undefined) return "";
  const { layer, widths } = farthest;
  return ` ${samples} of them leave the range an activation was fitted on, by up to ${widths.toPrecision(2)} of its width at "${layer}": calibrate on more inputs like them.`;
}

function accuracyOf({ plain, encrypted, samples }: Measured): string {
  const right = (part: string): number => Math.round(Number(part) * samples);
  return `${right(encrypted)} of ${samples} samples right under encryption, ${right(plain)} without.`;
}
