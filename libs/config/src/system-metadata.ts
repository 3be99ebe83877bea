type Environment = Readonly<Record<string, string | undefined>>;

/** Of `SYSTEM_META_batch=abc` this prefix goes, and `{ "batch": "abc" }` stays. */
const SYSTEM_META_PREFIX = 'SYSTEM_META_';

/** What SaladCloud tells a container about itself. */
export const SALAD_VARIABLES = [
  'SALAD_CONTAINER_GROUP_ID',
  'SALAD_CONTAINER_GROUP_NAME',
  'SALAD_MACHINE_ID',
  'SALAD_ORGANIZATION_ID',
  'SALAD_ORGANIZATION_NAME',
  'SALAD_PROJECT_ID',
  'SALAD_PROJECT_NAME',
] as const;

/** The `metadata` of system webhooks. Salad's own facts cannot be overwritten. */
export function systemMetadata(environment: Environment): Readonly<Record<string, string>> {
  const own = Object.entries(environment).flatMap(([name, value]) => {
    const key = name.startsWith(SYSTEM_META_PREFIX) ? name.slice(SYSTEM_META_PREFIX.length) : '';
    return key === '' || value === undefined ? [] : [[key, value] as const];
  });
  const salad = SALAD_VARIABLES.flatMap((name) => {
    const value = environment[name];
    return value ? [[name.toLowerCase(), value] as const] : [];
  });
  return Object.fromEntries([...own, ...salad]);
}
