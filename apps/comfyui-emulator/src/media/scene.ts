import sharp from 'sharp';

import { toRaw } from './pixels';

/** One moment of a painted landscape. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  /** Hex; decides colours, sun and hills. Equal seeds give equal pixels. */
  readonly seed: string;
  /** 0 to 1: where the sun and the hills have moved to. */
  readonly moment?: number;
}

/** Paints RGB pixels: a sky, a sun and a few ranges of hills in haze. */
export async function paintScene(scene: Scene): Promise<Buffer> {
  const svg = Buffer.from(drawScene(scene));
  const image = sharp(svg).resize(scene.width, scene.height, { fit: 'fill' });
  return toRaw(image.flatten({ background: '#000' }), 3);
}

const HILL_RANGES = 5;

function drawScene({ width, height, seed, moment = 0 }: Scene): string {
  const chance = chances(seed);
  const hue = chance() * 360;
  const turn = 40 + chance() * 140;
  const isNight = chance() < 0.25;
  const light = isNight ? 0.45 : 1;
  const colour = (share: number, saturation: number, lightness: number): string =>
    `hsl(${(hue + turn * share).toFixed(1)},${saturation}%,${(lightness * light).toFixed(1)}%)`;
  const sun = {
    x: 15 + chance() * 60 + moment * 12,
    y: 18 + chance() * 26 - moment * 6,
    r: 5 + chance() * 6,
  };
  const hills = Array.from({ length: HILL_RANGES }, (_, range) => {
    const depth = (range + 1) / HILL_RANGES;
    const base = 44 + depth * 44;
    const path = ridge(chance, base, 11 - depth * 4, moment * depth * 10);
    return `<path d="${path}" fill="${colour(1 - depth * 0.7, 34 + depth * 16, 66 - depth * 52)}"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 100 100" preserveAspectRatio="none">
<defs>
<linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${colour(0, 58, 46)}"/><stop offset=".55" stop-color="${colour(0.6, 62, 72)}"/><stop offset="1" stop-color="${colour(1, 70, 84)}"/></linearGradient>
<radialGradient id="glow"><stop offset="0" stop-color="#fff8e6" stop-opacity=".85"/><stop offset=".3" stop-color="#fff0d0" stop-opacity=".3"/><stop offset="1" stop-color="#fff0d0" stop-opacity="0"/></radialGradient>
</defs>
<rect width="100" height="100" fill="url(#sky)"/>
<ellipse cx="${sun.x.toFixed(2)}" cy="${sun.y.toFixed(2)}" rx="${(sun.r * 5).toFixed(2)}" ry="${((sun.r * 5 * width) / height).toFixed(2)}" fill="url(#glow)"/>
<ellipse cx="${sun.x.toFixed(2)}" cy="${sun.y.toFixed(2)}" rx="${sun.r.toFixed(2)}" ry="${((sun.r * width) / height).toFixed(2)}" fill="#fffaf0"/>
${hills.join('\n')}
</svg>`;
}

/** Outline of one range: a sum of three waves, closed along the bottom. */
function ridge(chance: () => number, base: number, swing: number, shift: number): string {
  const waves = [1, 2.3, 5.1].map((frequency) => ({
    frequency: (frequency * (0.7 + chance() * 0.6) * Math.PI) / 50,
    phase: chance() * Math.PI * 2,
    swing: swing / (1 + frequency),
  }));
  const points = Array.from({ length: 51 }, (_, index) => {
    const x = index * 2;
    const y = waves.reduce(
      (sum, wave) => sum + Math.sin((x + shift) * wave.frequency + wave.phase) * wave.swing,
      base,
    );
    return `${x},${y.toFixed(2)}`;
  });
  return `M0,100 L${points.join(' L')} L100,100 Z`;
}

/** A stream of numbers in [0, 1) that the seed alone decides (mulberry32). */
export function chances(seed: string): () => number {
  let state = Number.parseInt(seed.slice(0, 8), 16) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
