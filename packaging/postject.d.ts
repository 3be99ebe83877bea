/** postject 1.0.0-alpha.6 comes without types. */
declare module 'postject' {
  /** Writes a resource into an executable file, in place. */
  export function inject(
    file: string,
    resource: string,
    content: Buffer,
    options: { readonly sentinelFuse: string; readonly machoSegmentName: string },
  ): Promise<void>;
}
