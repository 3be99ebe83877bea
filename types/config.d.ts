/**
 * `import config from '../config'` of workflow files, for editors: the module that a gateway puts there,
 * at any depth. Turned on by `"types": ["comfyui-gateway/config"]` in a tsconfig.json.
 */
declare module '*/config' {
  import type { AuthorConfig } from 'comfyui-gateway';

  const config: AuthorConfig;
  export default config;
}

declare module '*/config.js' {
  export { default } from '*/config';
}

declare module '*/config.ts' {
  export { default } from '*/config';
}
