import { belongsOn, thisPlatform, type Platform } from './platform';

const DEBIAN: Platform = { os: 'linux', cpu: 'x64', libc: 'glibc' };
const MAC: Platform = { os: 'darwin', cpu: 'arm64', libc: undefined };

const package_ = (requirements: Partial<Parameters<typeof belongsOn>[1]>) => ({
  name: 'some',
  os: [],
  cpu: [],
  libc: [],
  ...requirements,
});

describe('a package is carried', () => {
  it.each([
    ['when it is for every platform', {}],
    ['on its system', { os: ['darwin', 'linux'] }],
    ['on its processor', { cpu: ['x64'] }],
    ['with its C library', { os: ['linux'], libc: ['glibc'] }],
    ['with the C library in its name', { name: '@libsql/linux-x64-gnu', os: ['linux'] }],
    ['on all systems but another', { os: ['!win32'] }],
  ])('%s', (_when, requirements) => {
    expect(belongsOn(DEBIAN, package_(requirements))).toBe(true);
  });

  it.each([
    ['on another system', { os: ['darwin'] }],
    ['on a system that it leaves out', { os: ['!linux'] }],
    ['on another processor', { os: ['linux'], cpu: ['arm64'] }],
    ['with another C library', { os: ['linux'], libc: ['musl'] }],
    ['with another C library in its name', { name: '@libsql/linux-x64-musl', os: ['linux'] }],
    ['with another ABI of it', { name: '@libsql/linux-arm-musleabihf', os: ['linux'] }],
  ])('not %s', (_when, requirements) => {
    expect(belongsOn(DEBIAN, package_(requirements))).toBe(false);
  });

  it('whatever C library it names, where there is only one', () => {
    expect(belongsOn(MAC, package_({ libc: ['glibc'] }))).toBe(true);
  });
});

it('this platform is one', () => {
  const { os, libc } = thisPlatform();
  expect(libc === undefined).toBe(os !== 'linux');
});
