export { InvalidEnvironmentError, type EnvironmentProblem } from './config.errors';
export { readConfig, type GatewayConfig } from './gateway-config';
export { configurationDocument } from './configuration-document';
