import { AssetNotFoundError, type AssetService } from '@gateway/assets';
import type { EventBus } from '@gateway/events';
import { isTerminalStatus, SOLE_OWNER, type LeftBehind } from '@gateway/jobs';
import type { FoundAsset, InputAssets, OpenedInput } from '@gateway/prompt';

/** What prompts may refer to: the assets there are. */
export class AssetInputs implements InputAssets {
  constructor(private readonly assets: AssetService) {}

  find(id: string): FoundAsset | undefined {
    try {
      const { filePath } = this.assets.get(SOLE_OWNER, id);
      const [, name] = /^models\/[^/]+\/(.+)$/.exec(filePath ?? '') ?? [];
      return name === undefined ? { kind: 'file' } : { kind: 'model', name };
    } catch (error) {
      if (error instanceof AssetNotFoundError) return undefined;
      throw error;
    }
  }

  hold(jobId: string, ids: readonly string[]): void {
    this.assets.hold(jobId, SOLE_OWNER, ids);
  }

  release(jobId: string): void {
    this.assets.release(jobId);
  }

  async open(id: string): Promise<OpenedInput> {
    const opened = await this.assets.open(SOLE_OWNER, id);
    const { filePath, contentType } = opened.asset;
    const filename = filePath?.split('/').at(-1) ?? id;
    return { filename, contentType, bytes: opened.stream() };
  }
}

/** A job that has ended needs its assets no more. Returns how to stop it. */
export function releaseAssetsOfEnded(bus: EventBus, assets: AssetService): () => void {
  return bus.subscribe('job-transitioned', ({ jobId, to }) => {
    if (isTerminalStatus(to)) assets.release(jobId);
  });
}

/** What an earlier life held for jobs that ended, or never came to be. */
export function releaseAssetsOfNobody(
  assets: AssetService,
  { queued, inEngine }: LeftBehind,
): void {
  const live = new Set([...queued, ...inEngine].map(({ id }) => id));
  for (const jobId of assets.holders()) if (!live.has(jobId)) assets.release(jobId);
}
