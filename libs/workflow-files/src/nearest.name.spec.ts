import { nearestName } from './nearest.name';

describe('nearestName', () => {
  it.each([
    ['generateWorkflw', 'generateWorkflow'],
    ['requestSchema', 'RequestSchema'],
    ['promt', 'prompt'],
    ['sed', 'seed'],
    ['witdh', 'width'],
    ['width', 'width'],
  ])('takes %s for %s', (name, meant) => {
    const known = ['RequestSchema', 'generateWorkflow', 'height', 'prompt', 'seed', 'width'];
    expect(nearestName(name, known)).toBe(meant);
  });

  it.each(['size', 'x', '', 'nothing like it'])('takes %s for nothing', (name) => {
    expect(nearestName(name, ['seed', 'prompt'])).toBeUndefined();
    expect(nearestName(name, [])).toBeUndefined();
  });
});
