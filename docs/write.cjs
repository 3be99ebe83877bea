/** Writes the documents that are made from code: `npm run docs`. */
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { configurationDocument } = require('../dist/libs/config/src');

writeFileSync(join(__dirname, 'configuration.md'), configurationDocument());
