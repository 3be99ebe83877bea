import type { Log } from '@gateway/kernel';

import { featuresOf, type EngineFeatures } from './engine-version';
import type { ComfyHttp } from './http/comfy.http';

/** Knows the engine's version: read once per connection, because a restart may bring another. */
export class EngineVersionReader {
  private version: string | undefined;

  constructor(
    private readonly http: ComfyHttp,
    private readonly log: Log,
  ) {}

  get current(): string | undefined {
    return this.version;
  }

  async read(signal: AbortSignal): Promise<void> {
    try {
      this.version = (await this.http.systemStats(signal)).version;
    } catch (error) {
      if (!signal.aborted) this.log.debug({ err: error }, 'ComfyUI did not tell its version');
    }
  }

  /** What the engine can do; asks for its version when it is not known yet. */
  async features(signal: AbortSignal): Promise<EngineFeatures> {
    if (this.version === undefined) await this.read(signal);
    return featuresOf(this.version);
  }
}
