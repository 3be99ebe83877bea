const { apps, libs } = require('./import-table.cjs');

const SPECS = '(\\.spec\\.ts$|/testing/)';

/** One rule per lib and app: whatever the table does not name is forbidden. */
function onlyWhatTheTableSays(folder, name, mayImport) {
  const allowed = [...new Set(['kernel', ...mayImport, ...(folder === 'libs' ? [name] : [])])];
  return {
    name: `${folder}-${name}-imports`,
    comment: `${folder}/${name} may import: ${allowed.join(', ')} (import-table.cjs)`,
    severity: 'error',
    from: { path: `^${folder}/${name}/`, pathNot: SPECS },
    to: { path: '^libs/', pathNot: `^libs/(${allowed.join('|')})/` },
  };
}

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'nobody-imports-an-app',
      severity: 'error',
      from: { path: '^(libs|test)/' },
      to: { path: '^apps/' },
    },
    {
      name: 'nobody-imports-packaging',
      severity: 'error',
      from: { path: '^(apps|libs)/' },
      to: { path: '^packaging/' },
    },
    {
      name: 'packaging-is-apart',
      comment: 'It packs what was built, and needs nothing of it to do so.',
      severity: 'error',
      from: { path: '^packaging/' },
      to: { path: '^(apps|libs)/' },
    },
    {
      name: 'apps-are-apart',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'through-the-front-door',
      comment: "Another lib's index.ts is the only way in; its testing folder is for specs.",
      severity: 'error',
      from: { path: '^(libs/[^/]+|apps|test)/' },
      to: { path: '^libs/[^/]+/src/', pathNot: ['^libs/[^/]+/src/index\\.ts$', '^$1/'] },
    },
    {
      name: 'not-its-own-front-door',
      severity: 'error',
      from: { path: '^libs/([^/]+)/src/' },
      to: { path: '^libs/$1/src/index\\.ts$' },
    },
    {
      name: 'testing-is-for-specs',
      severity: 'error',
      from: { path: '^(libs|apps)/', pathNot: [SPECS, '^libs/testing/'] },
      to: { path: '(^libs/testing/|/src/testing/)' },
    },
    ...Object.entries(libs).map(([name, may]) => onlyWhatTheTableSays('libs', name, may)),
    ...Object.entries(apps).map(([name, may]) => onlyWhatTheTableSays('apps', name, may)),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
};
