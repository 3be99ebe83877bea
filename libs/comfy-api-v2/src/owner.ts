/** Whose jobs and assets all are, until there are API keys; the same as of jobs. */
export const SOLE_OWNER = 'default';
