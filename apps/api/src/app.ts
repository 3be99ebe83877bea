/** `comfyui-gateway/app`: the gateway as a library, for applications that extend it. */
export * from './extensions/extending';
export type { ExtensionModule } from './extensions/extension.loader';
export { runGateway, type GatewayOptions } from './run-gateway';
