import { nameProblem, operationIds, rivalsByFile, routeOf } from './workflow-route';

describe('workflow routes', () => {
  it.each([
    ['sdxl/txt2img.ts', 'sdxl/txt2img'],
    ['v1.5.js', 'v1.5'],
    ['A.TS', 'A'],
  ])('come from the path of the file: %s', (file, route) => {
    expect(routeOf(file)).toBe(route);
  });

  it('are made of characters that need no escape', () => {
    expect(nameProblem('sd-x_l/v1.5.ts')).toBeUndefined();
    for (const file of ['a b.ts', 'a/b:c.ts', 'ä.ts', 'a*.ts', '(a)/b.ts', '%41.ts']) {
      expect(nameProblem(file)).toContain('cannot be part of a route');
    }
  });

  it('are each the route of one file, in capitals or not', () => {
    const files = ['a.js', 'a.ts', 'b/c.ts', 'B/c.ts', 'd.ts'];
    const rivals = rivalsByFile(files.map((file) => ({ file, route: routeOf(file) })));
    expect([...rivals]).toEqual([
      ['a.js', ['a.ts']],
      ['a.ts', ['a.js']],
      ['b/c.ts', ['B/c.ts']],
      ['B/c.ts', ['b/c.ts']],
    ]);
  });

  it('have operation ids that do not depend on the order, and are never the same', () => {
    const routes = ['a/b', 'a_b', 'a-b', 'sdxl/txt2img'];
    const ids = operationIds(routes);
    expect(ids.get('sdxl/txt2img')).toBe('workflow_sdxl_txt2img');
    expect(new Set(ids.values()).size).toBe(routes.length);
    expect([...operationIds(routes.toReversed())]).toEqual([...ids]);
  });
});
