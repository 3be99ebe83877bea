import { WorkflowCatalogue, type BrokenWorkflow, type ServedWorkflow } from '../workflow.catalogue';
import { missingWorkflow } from './missing-workflow';

const served = ['sdxl/txt2img', 'upscale'].map(
  (route) => ({ state: 'served', route, file: `${route}.ts` }) as ServedWorkflow,
);
const broken: readonly BrokenWorkflow[] = [
  { state: 'broken', route: 'a/bad', file: 'a/bad.ts', reason: 'No reason', line: 3 },
  { state: 'broken', route: 'worse', file: 'worse.js', reason: 'None' },
];
const catalogue = new WorkflowCatalogue(served, broken, true);

describe('missingWorkflow', () => {
  it.each([
    ['a/bad', 'Workflow a/bad.ts:3 is not served: No reason; see GET /workflows'],
    ['worse', 'Workflow worse.js is not served: None; see GET /workflows'],
    ['worse.js', 'Workflow worse.js is not served: None; see GET /workflows'],
    [
      'sdxl/txt2imgs',
      'There is no workflow "sdxl/txt2imgs"; did you mean /workflows/sdxl/txt2img? GET /workflows lists them all',
    ],
    [
      'flux/txt2img',
      'There is no workflow "flux/txt2img"; did you mean /workflows/sdxl/txt2img? GET /workflows lists them all',
    ],
    ['nothing', 'There is no workflow "nothing"; GET /workflows lists them all'],
    ['upscale/', 'A workflow is run by POST /workflows/upscale'],
  ])('says of %s: %s', (path, sentence) => {
    expect(missingWorkflow(catalogue, path)).toBe(sentence);
  });
});
