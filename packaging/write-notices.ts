/** Writes `THIRD-PARTY-NOTICES`: `npm run notices`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { noticesDocument } from './notices/notices-document';

const ROOT = join(__dirname, '..');

writeFileSync(join(ROOT, 'THIRD-PARTY-NOTICES'), noticesDocument(ROOT));
