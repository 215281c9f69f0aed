import { writeFileSync } from 'node:fs';
import { consoleApi, consoleApiFile } from './console-api.ts';
import { publicApi, publicApiFile } from './public-api.ts';
import { publishedPackages } from './workspace.ts';

for (const one of publishedPackages()) writeFileSync(publicApiFile(one), publicApi(one));
writeFileSync(consoleApiFile, consoleApi());
