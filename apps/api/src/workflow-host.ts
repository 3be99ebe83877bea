import { ModelCatalogue, workflowConfig } from '@gateway/catalogue';
import { ComfyHttp } from '@gateway/comfy-client';
import type { PromptGraph } from '@gateway/comfy-protocol';
import type { GatewayConfig } from '@gateway/config';
import type { EngineRegistry } from '@gateway/prompt';
import type { AuthorSettings, ProbeThread } from '@gateway/workflow-files';
import type { WorkflowSource } from '@gateway/workflow-registry';

import type { GatewayLogger } from './logging';
import { GATEWAY_VERSION } from './version';
import { checkpointOf } from './warm-up-prompt';
import { workflowTexts } from './workflow-thread';

export interface WorkflowWorld {
  readonly config: GatewayConfig;
  readonly warmUpPrompt: PromptGraph | undefined;
  readonly logger: GatewayLogger;
  /** One that was started ahead for the folder of workflows. */
  readonly thread: ProbeThread | undefined;
}

/**
 * What workflow files are loaded with. They are loaded before there is an application, and look at the
 * engine through it once there is one.
 */
export class WorkflowHost {
  readonly models: ModelCatalogue;
  readonly source: WorkflowSource;
  private engines: EngineRegistry | undefined;

  constructor({ config, warmUpPrompt, logger, thread }: WorkflowWorld) {
    this.models = new ModelCatalogue({
      modelDir: config.comfy.modelDir,
      source: new ComfyHttp({ baseUrl: config.comfy.baseUrl }),
      isEngineReady: () => this.engines?.pick().readiness.up ?? false,
      log: logger.child({ part: 'catalogue' }),
    });
    const live = workflowConfig({
      models: this.models,
      objectInfo: () => this.engines?.pick().catalogue.objectInfo,
      warmupCheckpoint: checkpointOf(warmUpPrompt),
    });
    this.source = {
      dir: config.workflows.dir,
      config: { ...live, ...settings(config, warmUpPrompt) },
      markdownDescriptions: config.workflows.markdownDescriptions,
      log: logger.child({ part: 'workflows' }),
      store: workflowTexts(config),
      thread,
    };
  }

  connect(engines: EngineRegistry): void {
    this.engines = engines;
  }
}

/** The settings that comfyui-api showed to its workflow files, under its names. */
function settings(
  { comfy, http, jobs, log, webhooks, workflows }: GatewayConfig,
  warmupPrompt: PromptGraph | undefined,
): AuthorSettings {
  return {
    apiVersion: GATEWAY_VERSION,
    alwaysRestartComfyUI: comfy.alwaysRestart,
    comfyDir: comfy.home,
    comfyHost: comfy.host,
    comfyLaunchCmd: comfy.command,
    comfyPort: String(comfy.port),
    comfyURL: comfy.baseUrl,
    inputDir: comfy.inputDir,
    outputDir: comfy.outputDir,
    modelDir: comfy.modelDir,
    logLevel: log.level,
    markdownSchemaDescriptions: workflows.markdownDescriptions,
    maxBodySize: http.maxBodyBytes,
    maxQueueDepth: jobs.maxQueueDepth,
    prependFilenames: jobs.prependFilenames,
    promptWebhookRetries: webhooks.retries,
    selfURL: `http://localhost:${http.port}`,
    startupCheckInterval: comfy.startupCheckIntervalMs,
    startupCheckMaxTries: comfy.startupCheckMaxTries,
    systemMetaData: webhooks.system.metadata,
    systemWebhook: webhooks.system.url ?? '',
    systemWebhookEvents: webhooks.system.events,
    warmupPrompt,
    workflowDir: workflows.dir,
    wrapperHost: http.host,
    wrapperPort: http.port,
  };
}
