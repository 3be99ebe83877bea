/** What an `fcTL` chunk says about the frame that follows. Lengths are pixels. */
export interface FrameControl {
  readonly sequence: number;
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  readonly delayMs: number;
  /** What becomes of the frame's region before the next frame is drawn. */
  readonly dispose: Dispose;
  /** Whether the frame replaces its region, or is laid over it. */
  readonly blend: Blend;
}

type Dispose = 'none' | 'background' | 'previous';
type Blend = 'source' | 'over';

/**
 * Reads the data of an `fcTL` chunk (https://www.w3.org/TR/png-3/#fcTL-chunk).
 *
 * @throws Error when it is too short or holds values that have no meaning.
 */
export function readFrameControl(data: Buffer): FrameControl {
  if (data.length < 26) throw new Error('the APNG has a frame control that is too short');
  const dispose = DISPOSES[data.readUInt8(24)];
  const blend = BLENDS[data.readUInt8(25)];
  if (!dispose || !blend) throw new Error('the APNG has a frame of an unknown kind');
  return {
    sequence: data.readUInt32BE(0),
    width: data.readUInt32BE(4),
    height: data.readUInt32BE(8),
    left: data.readUInt32BE(12),
    top: data.readUInt32BE(16),
    // A denominator of 0 stands for hundredths of a second.
    delayMs: Math.round((data.readUInt16BE(20) * 1000) / (data.readUInt16BE(22) || 100)),
    dispose,
    blend,
  };
}

const DISPOSES: readonly Dispose[] = ['none', 'background', 'previous'];
const BLENDS: readonly Blend[] = ['source', 'over'];
