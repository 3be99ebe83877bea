import { isSystemEventName, SYSTEM_EVENTS, type SystemEventName } from '@gateway/comfy-protocol';
import { z } from 'zod';

import { seconds, webUrl, wholeNumber } from '../variables';

/** What is sent to others, and how hard it is tried. */
export const webhooksVariables = z.object({
  PROMPT_WEBHOOK_RETRIES: wholeNumber(0, 100)
    .prefault('3')
    .describe('How often a webhook that failed is tried again; 0 means one attempt.'),
  WEBHOOK_TIMEOUT_S: seconds(0.1)
    .prefault('30')
    .describe('Seconds that one attempt may take; a large output needs more.'),
  WEBHOOK_SECRET: signingSecret()
    .optional()
    .describe(
      'Signs `webhook_v2` and system webhooks by the Standard Webhooks specification: base64, with ' +
        'or without the prefix `whsec_`.',
    ),
  SYSTEM_WEBHOOK_URL: webUrl().optional().describe('Receives the events of ComfyUI.'),
  SYSTEM_WEBHOOK_EVENTS: eventList()
    .prefault('')
    .describe(
      `Which of them, separated by commas: ${SYSTEM_EVENTS.map((name) => `\`${name}\``).join(', ')}; ` +
        'or `all`.',
    ),
});

/** Events of one name each, once. */
function eventList(): z.ZodType<readonly SystemEventName[], string> {
  return z.string().transform((value, context): readonly SystemEventName[] => {
    const names = value
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '');
    const unknown = names.filter((name) => name !== 'all' && !isSystemEventName(name));
    if (unknown.length > 0) {
      const message = `must name events out of all, ${SYSTEM_EVENTS.join(', ')}; not ${unknown.join(', ')}`;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    }
    return names.includes('all') ? SYSTEM_EVENTS : SYSTEM_EVENTS.filter((e) => names.includes(e));
  });
}

/** With its padding: libraries disagree about what base64 without it means. */
function signingSecret(): z.ZodString {
  return z
    .string()
    .regex(
      /^(?:whsec_)?(?=.)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
      'must be base64, with or without "whsec_" in front',
    );
}
