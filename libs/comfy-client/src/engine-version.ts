/** What a ComfyUI of a given version can do that an older one cannot. */
export interface EngineFeatures {
  /** Runs a prompt under the id we chose (0.3.45); before, ids are its own. */
  readonly clientPromptId: boolean;
  /** `/interrupt` spares every prompt but the named one (0.3.57); before, it hits whatever runs. */
  readonly targetedInterrupt: boolean;
  /** `POST /api/jobs/{id}/cancel` ends a prompt atomically (0.26). */
  readonly jobCancel: boolean;
}

/**
 * Features by version. Of an unknown version nothing is expected that would do harm if it were
 * missing: looking for our own prompt id does none, a global interrupt would.
 */
export function featuresOf(version: string | undefined): EngineFeatures {
  const known = version === undefined ? undefined : parseVersion(version);
  if (known === undefined) {
    return { clientPromptId: true, targetedInterrupt: false, jobCancel: false };
  }
  return {
    clientPromptId: isAtLeast(known, [0, 3, 45]),
    targetedInterrupt: isAtLeast(known, [0, 3, 57]),
    jobCancel: isAtLeast(known, [0, 26, 0]),
  };
}

type Version = readonly [major: number, minor: number, patch: number];

function parseVersion(text: string): Version | undefined {
  const match = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(text.trim());
  return match ? [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)] : undefined;
}

function isAtLeast(version: Version, least: Version): boolean {
  const [major, minor, patch] = version;
  if (major !== least[0]) return major > least[0];
  if (minor !== least[1]) return minor > least[1];
  return patch >= least[2];
}
