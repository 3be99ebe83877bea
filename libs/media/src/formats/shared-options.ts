import { z } from 'zod';

export function quality(whenAbsent: number): z.ZodOptional<z.ZodInt> {
  return z.int().min(1).max(100).optional().describe(`1 to 100; ${whenAbsent} when absent.`);
}

export function effort(min: number, max: number, whenAbsent: number): z.ZodOptional<z.ZodInt> {
  return z
    .int()
    .min(min)
    .max(max)
    .optional()
    .describe(`CPU effort, ${min} (fast) to ${max} (small); ${whenAbsent} when absent.`);
}

export function chromaSubsampling(
  whenAbsent: '4:2:0' | '4:4:4',
): z.ZodOptional<z.ZodEnum<{ '4:2:0': '4:2:0'; '4:4:4': '4:4:4' }>> {
  return z
    .enum(['4:2:0', '4:4:4'])
    .optional()
    .describe(
      `\`4:4:4\` keeps full colour resolution, \`4:2:0\` a quarter of it; \`${whenAbsent}\` when absent.`,
    );
}

/** An option that is off unless it is asked for. */
export function flag(description: string): z.ZodOptional<z.ZodBoolean> {
  return z.boolean().optional().describe(`${description}; false when absent.`);
}

type Present<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

/** sharp treats a key set to `undefined` as a wrong value, and its types say so. */
export function withoutAbsent<T extends object>(options: T): Present<T> {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as Present<T>;
}
