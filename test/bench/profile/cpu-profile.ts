/** What V8 writes with `--cpu-prof`, as far as it is read here. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** Id of the node that was on top, for each sample. */
  readonly samples: readonly number[];
  /** Before each sample, in µs: since the last one, or since `startTime`. */
  readonly timeDeltas: readonly number[];
  /** In µs of the monotonic clock, which all processes of a machine share. */
  readonly startTime: number;
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: CallFrame;
  readonly children?: readonly number[];
}

export interface CallFrame {
  readonly functionName: string;
  /** Empty for what the engine does itself. */
  readonly url: string;
  /** From 0; -1 for what has no place. */
  readonly lineNumber: number;
}

/** One way down the stack, the outermost call first, and the time in its last frame, in µs. */
export interface Stack {
  readonly frames: readonly CallFrame[];
  readonly selfUs: number;
}

/**
 * The stacks of a profile with the time in each; what waited for work is left out.
 *
 * @param sinceUs what was before is left out, too: start-up, of somebody who asks about requests.
 */
export function stacksOf(profile: CpuProfile, sinceUs = 0): readonly Stack[] {
  const selfUs = new Map<number, number>();
  let now = profile.startTime;
  for (const [index, nodeId] of profile.samples.entries()) {
    now += profile.timeDeltas[index] ?? 0;
    // It is on top until the next sample is taken.
    const lastsUs = profile.timeDeltas[index + 1] ?? 0;
    if (now >= sinceUs) selfUs.set(nodeId, (selfUs.get(nodeId) ?? 0) + Math.max(lastsUs, 0));
  }
  const pathOf = pathsIn(profile.nodes);
  return [...selfUs]
    .map(([nodeId, us]) => ({ frames: pathOf(nodeId), selfUs: us }))
    .filter(({ frames, selfUs: us }) => us > 0 && frames.at(-1)?.functionName !== '(idle)');
}

function pathsIn(nodes: readonly ProfileNode[]): (nodeId: number) => readonly CallFrame[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  );
  return (nodeId) => {
    const frames: CallFrame[] = [];
    for (let id: number | undefined = nodeId; id !== undefined; id = parents.get(id)) {
      const node = byId.get(id);
      if (node && node.callFrame.functionName !== '(root)') frames.unshift(node.callFrame);
    }
    return frames;
  };
}
