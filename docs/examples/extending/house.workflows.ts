import { Module } from '@nestjs/common';
import { WorkflowSource, type Workflow, type WorkflowAuthoring } from 'comfyui-gateway/app';

const COLOURS = { red: 0xff0000, green: 0x00ff00, blue: 0x0000ff } as const;

/** A route for each colour: `POST /workflows/house/red` and so on. */
@WorkflowSource()
export class HouseWorkflows implements WorkflowSource {
  workflows({ z, defineWorkflow }: WorkflowAuthoring): Record<string, Workflow> {
    const RequestSchema = z.object({ side: z.int().min(8).max(512).default(64) });
    const workflowOf = (color: number) =>
      defineWorkflow({
        RequestSchema,
        generateWorkflow: ({ side }) => ({
          '1': {
            class_type: 'EmptyImage',
            inputs: { width: side, height: side, batch_size: 1, color },
          },
          '2': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'house' } },
        }),
        summary: 'A plain picture',
      });
    return Object.fromEntries(
      Object.entries(COLOURS).map(([name, color]) => [`house/${name}`, workflowOf(color)]),
    );
  }
}

@Module({ providers: [HouseWorkflows] })
export class HouseWorkflowsModule {}
