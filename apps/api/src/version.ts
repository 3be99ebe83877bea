import packageJson from '../../../package.json';

/** The version in package.json. */
export const GATEWAY_VERSION: string = packageJson.version;
