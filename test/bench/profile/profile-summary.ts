import { frameName, originOf } from './code-origin';
import type { Stack } from './cpu-profile';

const LINES = 25;

/** A profile as text: where the time went, by function and by whose code it is. */
export function summaryOf(stacks: readonly Stack[], prompts: number | undefined): string {
  const total = stacks.reduce((sum, { selfUs }) => sum + selfUs, 0);
  const perPrompt = prompts === undefined ? '' : `, ${prompts.toLocaleString('en')} prompts`;
  return [
    `${(total / 1_000).toFixed(0)} ms at work${perPrompt}`,
    '',
    ...tableOf('by function', sumBy(stacks, frameName), total, prompts),
    '',
    ...tableOf('by package', sumBy(stacks, originOf), total, prompts),
    '',
  ].join('\n');
}

/** Folded stacks, `a;b;c 1250` with µs, as makers of flame graphs read them. */
export function collapsed(stacks: readonly Stack[]): string {
  const folded = new Map<string, number>();
  for (const { frames, selfUs } of stacks) {
    const stack = frames.map(frameName).join(';');
    folded.set(stack, (folded.get(stack) ?? 0) + selfUs);
  }
  return [...folded].map(([stack, us]) => `${stack} ${Math.round(us)}\n`).join('');
}

/** Time by the name of the last frame, the most first. */
function sumBy(
  stacks: readonly Stack[],
  nameOf: (frame: Stack['frames'][number]) => string,
): readonly (readonly [string, number])[] {
  const sums = new Map<string, number>();
  for (const { frames, selfUs } of stacks) {
    const top = frames.at(-1);
    const name = top ? nameOf(top) : '(root)';
    sums.set(name, (sums.get(name) ?? 0) + selfUs);
  }
  return [...sums].sort(([, a], [, b]) => b - a);
}

function tableOf(
  heading: string,
  sums: readonly (readonly [string, number])[],
  total: number,
  prompts: number | undefined,
): readonly string[] {
  const unit = prompts === undefined ? '' : '  µs/prompt';
  const lines = sums.slice(0, LINES).map(([name, us]) => {
    const each = prompts === undefined ? '' : (us / prompts).toFixed(1).padStart(11);
    const share = `${((us / total) * 100).toFixed(1)} %`.padStart(8);
    return `${(us / 1_000).toFixed(1).padStart(10)}${share}${each}  ${name}`;
  });
  return [`${'ms'.padStart(10)}${'self'.padStart(8)}${unit}  ${heading}`, ...lines];
}
