export { InvalidEnvironmentError, type EnvironmentProblem } from './config.errors';
export { readConfig, type GatewayConfig } from './gateway-config';
export { ownEnvironment } from './own-environment';
export { configurationDocument } from './configuration-document';
