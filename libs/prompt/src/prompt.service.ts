import { randomUUID } from 'node:crypto';

import {
  LongTexts,
  type JsonObject,
  type JsonValue,
  type PromptGraph,
} from '@gateway/comfy-protocol';
import {
  isTerminal,
  JobExistsError,
  type JobRequest,
  type JobService,
  type OutputSink,
  type QueuedJob,
  type WebhookEvent,
} from '@gateway/jobs';
import type { OutputConversion } from '@gateway/media';
import type { OutboundFetcher } from '@gateway/outbound';

import type { Engine, EngineRegistry } from './engine/engine';
import { saltFilenames } from './filename-salt';
import { findAssets, withAssetNames } from './inputs/asset-reference';
import type { InputAssets } from './inputs/input-assets.port';
import { missingAsset } from './inputs/input-errors';
import { JobInputs, mintInputFolder, type StoredInputs } from './inputs/job-inputs';
import { withoutCredentials } from './credentials';
import { inspectAgainst, inspectShape } from './prompt-inspection';
import type { PromptExecutor } from './prompt.executor';
import { EngineNotReadyError, PromptRejectedError } from './prompt.errors';

/** A prompt as a door hands it in. */
export interface PromptCommand {
  /** The caller's own id; minted when absent. */
  readonly id?: string | undefined;
  readonly prompt: JsonValue;
  readonly extraData?: JsonObject | undefined;
  readonly convertOutput?: OutputConversion | undefined;
  /** Where the outcome goes, by the name of the request's field. */
  readonly webhooks?: readonly NamedWebhook[];
  /** Outputs stay until the job expires, even when an answer took them. */
  readonly keep?: boolean | undefined;
  /** Higher ones are run first; 0 when absent. */
  readonly priority?: number | undefined;
  /** The caller's own notes on the job. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Refuse it while it is not known what the engine offers, instead of taking it on trust. */
  readonly needsCatalogue?: boolean;
  /** What is to be written down with the job, or not at all. */
  readonly alongside?: (() => void) | undefined;
  /** Bytes of the request body. */
  readonly sizeBytes: number;
  /** What the graph, and the other fields, have stand-ins for. Released when the job is stored. */
  readonly longTexts?: LongTexts | undefined;
  /** Whoever answers holds on to what came inline, so that storing it saves no memory. */
  readonly keepsInline?: boolean;
}

interface NamedWebhook {
  readonly field: 'webhook' | 'webhook_v2' | 'webhook_url';
  readonly url: string;
  /** All when absent. */
  readonly events?: readonly WebhookEvent[] | undefined;
}

export interface PromptServiceParts {
  readonly jobs: JobService;
  readonly executor: PromptExecutor;
  readonly engines: EngineRegistry;
  readonly fetcher: Pick<OutboundFetcher, 'inspect' | 'download'>;
  /** Absent: prompts can refer to none. */
  readonly assets?: InputAssets | undefined;
}

/** The one way in for every door: checks a prompt, makes a job of it, connects its sink. */
export class PromptService {
  constructor(private readonly parts: PromptServiceParts) {}

  /**
   * The job's outcome goes to `waiter`, or else to where the command says, and stays where neither is.
   *
   * @throws PromptRejectedError (`prompt.malformed`, `prompt.ui_format`, `prompt.unsafe_path`,
   *   `prompt.refused`, `input.unreadable`, `input.wrong_type`, `input.missing_asset`,
   *   `webhook.forbidden`),
   *   InputNotStoredError (`input.not_stored`), EngineUnavailableError
   *   (`prompt.engine_unavailable`), EngineNotReadyError (`prompt.engine_not_ready`), and what
   *   `JobService.submit` throws.
   */
  async submit(command: PromptCommand, waiter?: OutputSink): Promise<QueuedJob> {
    const { jobs, engines } = this.parts;
    const engine = engines.pick();
    const { refusal } = engine.readiness;
    if (refusal) throw refusal;
    if (command.needsCatalogue) await ensureCatalogue(engine);
    this.inspectWebhooks(command);
    const id = command.id ?? randomUUID();
    const prompt = await this.inspect(command.prompt, id, engine);
    await jobs.ensureAcceptable(command.id, command.sizeBytes);
    return this.accept(command, { id, prompt, waiter }, engine, (request, onStored) =>
      jobs.submit(request, id, { onStored, alongside: command.alongside }),
    );
  }

  /**
   * Runs a prompt of our own before everybody's, as soon as the engine is up.
   *
   * @throws as {@link submit}, except that an engine that is away is no reason to refuse.
   */
  async runAhead(
    command: PromptCommand & { readonly id: string },
    waiter: OutputSink,
  ): Promise<void> {
    const { jobs, engines, executor } = this.parts;
    const engine = engines.pick();
    const { id } = command;
    const prompt = await this.inspect(command.prompt, id, engine);
    await this.accept(command, { id, prompt, waiter }, engine, (request, onStored) =>
      jobs.accept({ ...request, transient: true }, id, { onStored }),
    );
    executor.runAhead(id);
  }

  private async accept(
    command: PromptCommand,
    accepted: {
      readonly id: string;
      readonly prompt: PromptGraph;
      readonly waiter: OutputSink | undefined;
    },
    engine: Engine,
    hand: (request: JobRequest, onStored: () => void) => Promise<QueuedJob>,
  ): Promise<QueuedJob> {
    const { executor } = this.parts;
    const folder = mintInputFolder();
    const { longTexts = new LongTexts() } = command;
    const metadata = longTexts.restoreIn(command.metadata);
    const { extraData, secrets } = withoutCredentials(longTexts.restoreIn(command.extraData));
    this.holdAssets(accepted.id, accepted.prompt);
    let folders: readonly string[] = [];
    try {
      const stored = await this.storeInline(accepted.prompt, folder, engine, longTexts);
      folders = stored.folders;
      longTexts.release();
      const request = requestOf({ ...command, metadata, extraData }, stored, folder);
      return await hand({ ...request, ...(secrets && { withheld: Object.keys(secrets) }) }, () => {
        executor.attach(accepted.id, { waiter: accepted.waiter, secrets });
      });
    } catch (error) {
      // The assets of the job that has the id are that one's.
      if (!(error instanceof JobExistsError)) this.parts.assets?.release(accepted.id);
      await Promise.all(folders.map((written) => engine.files.removeInputs(written)));
      throw error;
    }
  }

  /** Nobody waits for the answer any more: from now on, the job is its own. */
  letGo(jobId: string): void {
    this.parts.executor.detach(jobId);
  }

  /** Ends a job that waits or runs. `false`: there is none, or it has ended. */
  async interrupt(jobId: string): Promise<boolean> {
    const { jobs } = this.parts;
    const job = await jobs.get(jobId);
    if (!job || isTerminal(job)) return false;
    const { status } = await jobs.cancel(jobId);
    return status === 'canceling' || status === 'canceled';
  }

  /** The caller is gone or has changed its mind. Never throws: a job that ended needs no cancel. */
  async cancel(jobId: string): Promise<void> {
    await this.parts.jobs.cancel(jobId).catch(() => undefined);
  }

  /** What can be told of an address without asking for it. */
  private inspectWebhooks({ webhooks = [] }: PromptCommand): void {
    for (const { field, url } of webhooks) {
      const problem = this.parts.fetcher.inspect(url, 'client');
      if (!problem) continue;
      const message = `The address in "${field}" may not be called: ${problem.message}`;
      throw new PromptRejectedError('webhook.forbidden', message, field, undefined, problem);
    }
  }

  /**
   * All that can be refused at once is. While the engine starts for the first time its catalogue is
   * unknown; it will then refuse for itself.
   */
  private async inspect(value: JsonValue, id: string, engine: Engine): Promise<PromptGraph> {
    const { catalogue } = engine;
    const graph = inspectShape(value, catalogue.objectInfo);
    this.ensureAssets(graph);
    const prompt = this.withModelNames(graph);
    if (!catalogue.objectInfo) return prompt;
    try {
      inspectAgainst(
        saltFilenames(prompt, id, 'prepend', catalogue.objectInfo),
        catalogue.objectInfo,
      );
    } catch (error) {
      if (!mayBeOutdated(error) || !engine.readiness.up) throw error;
      const fresh = await catalogue.asOfNow(ASKED_EVERY_MS).catch(() => {
        throw error;
      });
      inspectAgainst(saltFilenames(prompt, id, 'prepend', fresh), fresh);
    }
    return prompt;
  }

  /** Of no graph that refers to an asset which is not there. */
  private ensureAssets(prompt: PromptGraph): readonly string[] {
    return findAssets(prompt).map((reference) => {
      const { id } = reference;
      if (id === undefined || !this.parts.assets?.find(id)) throw missingAsset(reference);
      return id;
    });
  }

  /** Nothing happens between the look and the hold: what is there stays. */
  private holdAssets(jobId: string, prompt: PromptGraph): void {
    const ids = this.ensureAssets(prompt);
    if (ids.length > 0) this.parts.assets?.hold(jobId, [...new Set(ids)]);
  }

  /** A model is chosen by its name, from what the engine lists. */
  private withModelNames(prompt: PromptGraph): PromptGraph {
    return withAssetNames(prompt, (id) => {
      const found = id === undefined ? undefined : this.parts.assets?.find(id);
      return found?.kind === 'model' ? found.name : undefined;
    });
  }

  /** What is stored nowhere stands in the graph itself from here on. */
  private async storeInline(
    prompt: PromptGraph,
    folder: string,
    { files, readiness, catalogue }: Engine,
    longTexts: LongTexts,
  ): Promise<StoredInputs> {
    // Nobody would take an upload now; the job carries its inputs along until the engine is there.
    if (!files.areLocal && !readiness.up) {
      return { prompt: longTexts.restoreIn(prompt), folders: [] };
    }
    const { fetcher } = this.parts;
    const inputs = new JobInputs({ files, fetcher, longTexts }, folder);
    const stored = await inputs.storeInline(prompt, catalogue.objectInfo);
    forgetInline(prompt, stored.prompt);
    return { ...stored, prompt: longTexts.restoreIn(stored.prompt) };
  }
}

function requestOf(
  { extraData = {}, convertOutput, webhooks = [], sizeBytes, keepsInline, ...rest }: PromptCommand,
  { prompt, folders, savedBytes = 0 }: StoredInputs,
  folder: string,
): JobRequest {
  const { keep, priority, metadata } = rest;
  return {
    prompt,
    extraData,
    sizeBytes: keepsInline ? sizeBytes : Math.max(0, sizeBytes - savedBytes),
    ...(convertOutput && { convertOutput: convertOutput as unknown as JsonObject }),
    inputs: { folder, written: folders },
    ...(keep && { keep }),
    ...(priority !== undefined && { priority }),
    ...(metadata && { metadata }),
    ...(webhooks.length > 0 && {
      webhooks: webhooks.map(({ field, url, events }) => ({
        version: field === 'webhook' ? 1 : 2,
        url,
        ...(events && { events }),
      })),
    }),
  };
}

/**
 * The request holds on to its body until it is answered. Once files are written, their base64 is
 * taken out of that body, too: a waiting request should weigh no more than its job.
 */
function forgetInline(received: PromptGraph, stored: PromptGraph): void {
  for (const [nodeId, node] of Object.entries(stored)) {
    const before = received[nodeId];
    if (before && before !== node) Object.assign(before.inputs, node.inputs);
  }
}

/** To list everything is work for an engine, whatever its clients send. */
const ASKED_EVERY_MS = 1000;

/** An engine that has just come up may not have been asked yet. */
async function ensureCatalogue({ catalogue, readiness }: Engine): Promise<void> {
  if (catalogue.objectInfo) return;
  if (!readiness.up) throw new EngineNotReadyError();
  await catalogue.load().catch((error: unknown) => {
    throw new EngineNotReadyError(error instanceof Error ? error : undefined);
  });
}

/** A model or a file that came after the catalogue was read is "not in list" for us alone. */
function mayBeOutdated(error: unknown): boolean {
  return (
    error instanceof PromptRejectedError &&
    Object.values(error.nodeErrors ?? {}).some(({ errors }) =>
      errors.some(({ type }) => type === 'value_not_in_list'),
    )
  );
}
