import { accessSync } from 'node:fs';

import type { JsonValue, NodeClassInfo, ObjectInfo } from '@gateway/comfy-protocol';

import type { Folders } from '../folders';
import type { NodeClass } from '../nodes/node-class';

/** What the executor needs to know of a class beyond running it; does not change while we live. */
export interface NodeTraits {
  readonly isOutput: boolean;
  /** The node's id is part of its cache key. */
  readonly knowsItsId: boolean;
  readonly outputIsList: readonly boolean[];
}

/** The node classes on offer. */
export class NodeLibrary {
  private readonly traits = new Map<string, NodeTraits>();

  /**
   * @param simulate makes up a class nobody knows (`--lenient`); undefined refuses such classes
   * @param isEnabled whether the class of this description may be used
   */
  constructor(
    private readonly classes: ReadonlyMap<string, NodeClass>,
    private readonly folders: Folders,
    private readonly simulate: ((classType: string) => NodeClass) | undefined,
    private readonly isEnabled: (info: NodeClassInfo) => boolean,
  ) {}

  /** Whether the class is ours rather than made up. */
  isKnown(classType: string): boolean {
    return this.classes.has(classType);
  }

  find(classType: string): NodeClass | undefined {
    return this.classes.get(classType) ?? this.simulate?.(classType);
  }

  /**
   * The class as `/object_info` lists it; classes made up on the way are not listed.
   *
   * @throws whatever describing the class throws, such as a missing input folder.
   */
  describeKnown(classType: string): NodeClassInfo | undefined {
    const info = this.classes.get(classType)?.describe(this.folders);
    if (info === undefined || !this.isEnabled(info)) return undefined;
    if (listsInputFiles(info)) accessSync(this.folders.input);
    return info;
  }

  /** Every class that can be described; those that cannot are left out, as in ComfyUI. */
  describeAll(): ObjectInfo {
    return this.describeEach([...this.classes.keys()], (classType) =>
      this.describeKnown(classType),
    );
  }

  /** Only the classes a prompt names: describing a class may read folders. */
  describeFor(prompt: JsonValue): ObjectInfo {
    if (typeof prompt !== 'object' || prompt === null) return {};
    const named = Object.values(prompt).map((node) =>
      typeof node === 'object' && node !== null && 'class_type' in node
        ? (node as { class_type: JsonValue }).class_type
        : undefined,
    );
    return this.describeEach(
      [...new Set(named)].filter((classType) => typeof classType === 'string'),
      (classType) =>
        this.describeKnown(classType) ?? this.simulate?.(classType).describe(this.folders),
    );
  }

  traitsOf(classType: string): NodeTraits {
    const known = this.traits.get(classType);
    if (known !== undefined) return known;
    const info = this.find(classType)?.describe(this.folders);
    const traits = readTraits(info);
    if (info !== undefined) this.traits.set(classType, traits);
    return traits;
  }

  private describeEach(
    classTypes: readonly string[],
    describe: (classType: string) => NodeClassInfo | undefined,
  ): ObjectInfo {
    return Object.fromEntries(
      classTypes.flatMap((classType) => {
        try {
          const info = describe(classType);
          return info === undefined ? [] : [[classType, info]];
        } catch {
          return [];
        }
      }),
    );
  }
}

/** Such a class cannot be described without the folder; ComfyUI fails in `os.listdir`. */
export function listsInputFiles({ input }: NodeClassInfo): boolean {
  return Object.values({ ...input.required, ...input.optional }).some(([, options]) =>
    Object.entries(options ?? {}).some(([name, on]) => name.endsWith('_upload') && on === true),
  );
}

function readTraits(info: NodeClassInfo | undefined): NodeTraits {
  return {
    isOutput: info?.output_node ?? false,
    knowsItsId: Object.values(info?.input.hidden ?? {}).some(
      (value) => value === 'UNIQUE_ID' || (Array.isArray(value) && value[0] === 'UNIQUE_ID'),
    ),
    outputIsList: info?.output_is_list ?? [],
  };
}
