import type { Environment } from './gateway-config';

/** This process's own. */
export function ownEnvironment(): Environment {
  return process.env;
}
