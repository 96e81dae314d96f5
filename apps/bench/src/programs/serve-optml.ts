/** Serves a predictor with `@optml/serve`: told `PREDICTOR_URL MODEL_DIRECTORY OPTIONS PORT`. */

import { createRequire } from 'node:module';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

// The reference container's: what is measured is what the container is built from.
const require = createRequire(new URL('../../../container/package.json', import.meta.url));
const { createApp } = await import(pathToFileURL(require.resolve('@optml/serve')).href);

const [predictor = '', modelDirectory = '', options = '{}', port = '0'] = process.argv.slice(2);
const quiet = () => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const { listen } = createApp(new URL(predictor), { modelDirectory, log, ...JSON.parse(options) });
const server = await listen({ port: Number(port), host: '127.0.0.1' });
await server.closed();
