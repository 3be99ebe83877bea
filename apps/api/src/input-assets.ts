import { AssetNotFoundError, type AssetService } from '@gateway/assets';
import type { EventBus } from '@gateway/events';
import { isTerminalStatus, SOLE_OWNER, type LeftBehind } from '@gateway/jobs';
import { systemClock, type Clock } from '@gateway/kernel';
import type { FoundAsset, InputAssets, OpenedInput } from '@gateway/prompt';
import { StateUnavailableError } from '@gateway/state';

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

/**
 * A job that has ended needs its assets no more. What cannot be written down now is tried again until
 * it can. Returns how to stop it.
 */
export function releaseAssetsOfEnded(
  bus: EventBus,
  assets: Pick<AssetService, 'release'>,
  clock: Clock = systemClock,
): () => void {
  let owed: readonly string[] = [];
  let cancelNext: (() => void) | undefined;
  const tryLater = (): void => {
    cancelNext ??= clock.schedule(TRY_AGAIN_MS, () => {
      cancelNext = undefined;
      const due = owed;
      owed = [];
      due.forEach(release);
    });
  };
  const release = (jobId: string): void => {
    try {
      assets.release(jobId);
    } catch (error) {
      if (!(error instanceof StateUnavailableError)) throw error;
      owed = [...owed, jobId];
      tryLater();
    }
  };
  const unsubscribe = bus.subscribe('job-transitioned', ({ jobId, to }) => {
    if (isTerminalStatus(to)) release(jobId);
  });
  return () => {
    unsubscribe();
    cancelNext?.();
  };
}

const TRY_AGAIN_MS = 5_000;

/** What an earlier life held for jobs that ended, or never came to be. */
export function releaseAssetsOfNobody(
  assets: AssetService,
  { queued, inEngine }: LeftBehind,
): void {
  const live = new Set([...queued, ...inEngine].map(({ id }) => id));
  for (const jobId of assets.holders()) if (!live.has(jobId)) assets.release(jobId);
}
