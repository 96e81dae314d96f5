/** Makes a request to try of the sample that a predictor gives, as its server describes it. */

import { json } from 'node:stream/consumers';
import { sendHttpRequest } from '../server/http-request.ts';
import { quoteWord } from '../terminal/quote-word.ts';

interface OpenApi {
  readonly paths?: {
    readonly '/invocations'?: {
      readonly post?: {
        readonly requestBody?: {
          readonly content?: Readonly<
            Record<string, { readonly examples?: { readonly sample?: { readonly value?: unknown } } }>
          >;
        };
      };
    };
  };
}

/** Longer ones would hide what they are an example of. */
const mostCharacters = 400;

/** The command that sends the sample to the server at `url`; without a sample, one with a place for the data. */
export async function writeExampleRequest(
  url: string,
  { server, signal }: { readonly server: string; readonly signal: AbortSignal },
): Promise<string> {
  const value = await readSample(server, signal).catch(() => undefined);
  const text = JSON.stringify(value) ?? '';
  const data = text === '' || text.length > mostCharacters ? ['--file', 'FILE'] : ['--data', quoteWord(text)];
  return ['npx optml invoke --url', url, ...data].join(' ');
}

async function readSample(server: string, signal: AbortSignal): Promise<unknown> {
  const reply = await sendHttpRequest(new URL('/openapi.json', server), { method: 'GET', signal });
  const document = (await json(reply.body)) as OpenApi;
  const content = document.paths?.['/invocations']?.post?.requestBody?.content ?? {};
  return content['application/json']?.examples?.sample?.value;
}
