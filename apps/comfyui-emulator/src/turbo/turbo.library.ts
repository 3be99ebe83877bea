import type { NodeClassInfo } from '@gateway/comfy-protocol';

import { listsInputFiles, NodeLibrary } from '../execution/node.library';

/** How old a description may be. */
const KEPT_MS = 1_000;

interface Kept {
  readonly info: NodeClassInfo | undefined;
  readonly until: number;
}

/**
 * Node classes that are not described anew for each prompt, which lists the folders of their models:
 * a model that arrives is known a second later. Input files are known at once, as ever.
 */
export class TurboLibrary extends NodeLibrary {
  private readonly kept = new Map<string, Kept>();

  override describeKnown(classType: string): NodeClassInfo | undefined {
    const now = performance.now();
    const known = this.kept.get(classType);
    if (known !== undefined && now < known.until) return known.info;
    const info = super.describeKnown(classType);
    if (info === undefined || !listsInputFiles(info)) {
      this.kept.set(classType, { info, until: now + KEPT_MS });
    }
    return info;
  }
}
