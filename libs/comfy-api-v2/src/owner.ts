/** Whose jobs and assets all are, until there are API keys. */
export { SOLE_OWNER } from '@gateway/jobs';
