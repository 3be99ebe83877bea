/**
 * A text that quotes strangers (exceptions of nodes, values of inputs), fit for a log: no content of
 * files, nothing secret as far as its looks tell, and of a bearable length.
 */
export function loggableText(text: string): string {
  const readable = text
    .slice(0, LONGEST_LOOK)
    .replace(LONG_RUN, (run) => (isEncoded(run) ? '…' : run));
  const scrubbed = SECRETS.reduce((rest, pattern) => rest.replace(pattern, '$<kept>…'), readable);
  return scrubbed.length > LONGEST ? `${scrubbed.slice(0, LONGEST)}…` : scrubbed;
}

const LONGEST = 500;
/** What lies behind is cut off unread. */
const LONGEST_LOOK = 8192;

/** Of base64's alphabets. Lines of MIME are 76 characters long, digests in hexadecimal 64. */
const LONG_RUN = /[\w+/-]{65,}={0,2}/g;

/** Base64 is made of capitals and digits for the better half; a long path is not. */
function isEncoded(run: string): boolean {
  return run.replace(/[^A-Z0-9]/g, '').length / run.length >= 0.3;
}

/** Of a URL the place is told: passwords and tokens stand before and behind it. */
const SECRETS: readonly RegExp[] = [
  /\b(?<kept>data:)[^\s'"]+/gi,
  /\b(?<kept>\w+:\/\/)[^\s/?#@'"]+@/g,
  /\b(?<kept>https?:\/\/[^\s?#'"]*[?#])[^\s'"]+/gi,
  /\b(?<kept>(?:bearer|basic)\s+)[\w.~+/=-]{8,}/gi,
  /(?<kept>(?:api_?key|secret|password|passwd|authorization|_token|\btoken(?==))["']?\s*[:=]\s*["']?)[^\s"',;&}]+/gi,
  /\b(?<kept>whsec_|hf_|sk-|gh[pousr]_)[\w+/-]{16,}=*/g,
];
