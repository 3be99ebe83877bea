import { join } from 'node:path';

import { cacheFolder } from './cache-folder';

describe('the cache folder', () => {
  const home = (): string => '/home/ada';

  it('is the one that COMFYUI_GATEWAY_CACHE_DIR names', () => {
    const environment = { COMFYUI_GATEWAY_CACHE_DIR: '/var/cache/gw', XDG_CACHE_HOME: '/xdg' };
    expect(cacheFolder(environment, home)).toBe('/var/cache/gw');
  });

  it('may be named from the working directory', () => {
    const environment = { COMFYUI_GATEWAY_CACHE_DIR: 'cache' };
    expect(cacheFolder(environment, home)).toBe(join(process.cwd(), 'cache'));
  });

  it('else lies where the user has caches', () => {
    expect(cacheFolder({ XDG_CACHE_HOME: '/xdg' }, home)).toBe('/xdg/comfyui-gateway');
  });

  it.each([
    {},
    { COMFYUI_GATEWAY_CACHE_DIR: '' },
    { XDG_CACHE_HOME: '' },
    { XDG_CACHE_HOME: 'xdg' },
  ])('else lies in the home folder: %j', (environment) => {
    expect(cacheFolder(environment, home)).toBe('/home/ada/.cache/comfyui-gateway');
  });

  it('must be named for a user without a home folder', () => {
    const noHome = (): string => {
      throw new Error('uv_os_homedir');
    };
    expect(() => cacheFolder({}, noHome)).toThrow(
      'The cache folder ~/.cache has no home: name another with COMFYUI_GATEWAY_CACHE_DIR.',
    );
    expect(cacheFolder({ COMFYUI_GATEWAY_CACHE_DIR: '/c' }, noHome)).toBe('/c');
  });
});
