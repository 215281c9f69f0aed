import { writeFileSync } from 'node:fs';
import { publicApi, publicApiFile } from './public-api.ts';
import { publishedPackages } from './workspace.ts';

for (const one of publishedPackages()) writeFileSync(publicApiFile(one), publicApi(one));
