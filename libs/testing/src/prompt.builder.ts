type Node = { readonly class_type: string; readonly inputs: Readonly<Record<string, unknown>> };
type Graph = Readonly<Record<string, Node>>;

/** Starts a graph: an empty picture, saved. */
export function aPrompt(): PromptBuilder {
  return new PromptBuilder({ width: 64, height: 64, batch_size: 1, color: 255 }, 'ComfyUI', {});
}

/** Builds API-format graphs, one change at a time. Node `1` makes the picture, node `2` saves it. */
export class PromptBuilder {
  constructor(
    private readonly image: Readonly<Record<string, unknown>>,
    private readonly prefix: string | undefined,
    private readonly extra: Graph,
  ) {}

  sized(width: number, height: number): PromptBuilder {
    return new PromptBuilder({ ...this.image, width, height }, this.prefix, this.extra);
  }

  batchOf(frames: number): PromptBuilder {
    return new PromptBuilder({ ...this.image, batch_size: frames }, this.prefix, this.extra);
  }

  coloured(color: number): PromptBuilder {
    return new PromptBuilder({ ...this.image, color }, this.prefix, this.extra);
  }

  savedAs(prefix: string): PromptBuilder {
    return new PromptBuilder(this.image, prefix, this.extra);
  }

  unsaved(): PromptBuilder {
    return new PromptBuilder(this.image, undefined, this.extra);
  }

  /** Adds a node, or replaces one. */
  withNode(id: string, class_type: string, inputs: Node['inputs']): PromptBuilder {
    const extra = { ...this.extra, [id]: { class_type, inputs } };
    return new PromptBuilder(this.image, this.prefix, extra);
  }

  /** A sampled picture instead of an empty one; `steps` × the emulator's `--step-ms` long. */
  sampled(
    options: { readonly seed?: number | bigint; readonly steps?: number } = {},
  ): PromptBuilder {
    const { seed = 7, steps = 4 } = options;
    return this.withNode('10', 'CheckpointLoaderSimple', { ckpt_name: 'test.safetensors' })
      .withNode('11', 'CLIPTextEncode', { text: 'a test', clip: ['10', 1] })
      .withNode('12', 'EmptyLatentImage', { width: 64, height: 64, batch_size: 1 })
      .withNode('13', 'KSampler', {
        model: ['10', 0],
        positive: ['11', 0],
        negative: ['11', 0],
        latent_image: ['12', 0],
        seed,
        steps,
        cfg: 7,
        sampler_name: 'euler',
        scheduler: 'normal',
        denoise: 1,
      })
      .withNode('1', 'VAEDecode', { samples: ['13', 0], vae: ['10', 2] });
  }

  build(): Graph {
    const save: Graph =
      this.prefix === undefined
        ? {}
        : {
            '2': {
              class_type: 'SaveImage',
              inputs: { images: ['1', 0], filename_prefix: this.prefix },
            },
          };
    return { '1': { class_type: 'EmptyImage', inputs: this.image }, ...save, ...this.extra };
  }
}
