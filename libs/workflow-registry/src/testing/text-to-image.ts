/** A workflow as authors of comfyui-api write them. */
export const TEXT_TO_IMAGE = `import { z } from "zod";
import config from "../config";

const ComfyNodeSchema = z.object({
  inputs: z.any(),
  class_type: z.string(),
  _meta: z.any().optional(),
});

type ComfyNode = z.infer<typeof ComfyNodeSchema>;
type ComfyPrompt = Record<string, ComfyNode>;

interface Workflow {
  RequestSchema: z.ZodObject<any, any>;
  generateWorkflow: (input: any) => Promise<ComfyPrompt> | ComfyPrompt;
  description?: string;
  summary?: string;
}

let checkpoint: any = config.models.checkpoints.enum.optional();
if (config.warmupCkpt) {
  checkpoint = checkpoint.default(config.warmupCkpt);
}

const RequestSchema = z.object({
  prompt: z.string().describe("What to draw"),
  negative_prompt: z.string().optional().default("blurry").describe("What to avoid"),
  width: z.number().int().min(256).max(2048).optional().default(512).describe("Width | pixels"),
  seed: z
    .number()
    .int()
    .optional()
    .default(() => Math.floor(Math.random() * 100000000000))
    .describe("Seed of the noise"),
  cfg_scale: z.number().min(0).max(20).optional().default(8),
  sampler_name: config.samplers.optional().default("euler").describe("Name of the sampler"),
  scheduler: config.schedulers.optional().default("normal"),
  checkpoint,
});

type InputType = z.infer<typeof RequestSchema>;

function generateWorkflow(input: InputType): ComfyPrompt {
  if (input.prompt === "impossible") {
    throw new Error("Nobody can draw that");
  }
  return {
    "1": {
      inputs: {
        seed: input.seed,
        cfg: input.cfg_scale,
        sampler_name: input.sampler_name,
        model: ["2", 0],
      },
      class_type: "KSampler",
      _meta: { title: "KSampler" },
    },
    "2": { inputs: { ckpt_name: input.checkpoint }, class_type: "CheckpointLoaderSimple" },
  };
}

const workflow: Workflow = {
  RequestSchema,
  generateWorkflow,
  summary: "Text to image",
  description: "Draws a picture of a text.",
};

export default workflow;
`;
