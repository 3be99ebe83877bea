/** Absolute paths of ComfyUI's folders. */
export interface Folders {
  readonly base: string;
  readonly input: string;
  readonly output: string;
  readonly temp: string;
  readonly models: string;
}
