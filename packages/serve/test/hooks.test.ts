/** Predictors in the functions of SageMaker's Python toolkit. */

import { expect, test } from 'vitest';
import { readReply, startReadyServer, startServer } from './start-server.ts';

const csv = 'text/csv';
const json = 'application/json';

test.each(['worker', 'inline'] as const)('each hook does its part (%s)', async (isolation) => {
  const { invoke } = await startReadyServer('hooks', { isolation });
  const ask = async (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>) => {
    const response = await invoke(body, headers);
    return [response.status, response.headers.get('content-type'), await response.text()];
  };

  expect(await ask('1,2', { 'content-type': 'text/csv; charset=utf-8', accept: csv })).toEqual([
    200,
    csv,
    'text/csv: 1+2 text/csv true',
  ]);
  expect(
    await ask(Uint8Array.of(1, 2), { 'content-type': 'application/x-parquet', accept: 'text/html' }),
  ).toEqual([200, 'text/html; charset=utf-8', '<b>1+2 application/x-parquet true</b>']);
  expect(await ask('{"a": 1}', { 'content-type': 'application/json' })).toEqual([
    200,
    'application/json',
    'application/json: 8 application/json true',
  ]);
});

test.each([
  ['text/csv, application/json', csv],
  ['application/json, text/plain, */*', json],
  ['text/csv;q=0.5, application/x-parquet;q=0.9, */*;q=0.8', 'application/x-parquet'],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8', 'text/html'],
  ['Text/CSV; charset=utf-8', csv],
  ['csv', csv],
  ['application/json;q=0, text/csv;q=0.1', csv],
  ['*/*;q=0.8', json],
  ['text/*', json],
  ['application/json;q=0', json],
  ['no type', json],
  ['', json],
])('a hook is asked for one type, whatever Accept holds: %j', async (accept, wanted) => {
  const { invoke } = await startReadyServer('hooks-accept', { isolation: 'inline' });

  const reply = await invoke('1', { 'content-type': csv, accept });

  expect([reply.status, reply.headers.get('content-type'), await reply.text()]).toEqual([
    200,
    wanted,
    wanted,
  ]);
});

test('a type that the client does not name is the default one', async () => {
  const { invoke } = await startReadyServer('hooks-accept', { defaultAccept: csv });

  const replies = await Promise.all(
    ['*/*', 'image/*, */*;q=0.1', json].map((accept) => invoke('1', { 'content-type': csv, accept })),
  );

  expect(await Promise.all(replies.map((reply) => reply.text()))).toEqual([csv, csv, json]);
});

test.each(['text/csv, application/json', 'text/*', 'csv', '', 'text/csv\n'])(
  'a hook that returns %j for a content type is told',
  async (type) => {
    const { invoke } = await startReadyServer('hooks-accept', { isolation: 'inline' });

    const reply = await invoke(JSON.stringify(type));

    expect([reply.status, (await readReply(reply)).error]).toEqual([
      500,
      {
        code: 'PREDICTION_INVALID',
        message: expect.stringMatching(
          /^the content type that the predictor returned (?:is ".*": expected one media type|has U\+000A)/,
        ),
      },
    ]);
  },
);

test('hooks get what a predictor gets', async () => {
  const { invoke } = await startReadyServer('hooks', { isolation: 'inline', defaultAccept: csv });

  const response = await invoke('1', { 'content-type': csv, accept: '*/*' });

  expect(response.headers.get('x-amzn-sagemaker-custom-attributes')).toBe('by=hooks');
  expect(await response.text()).toBe('text/csv: 1 text/csv true');
});

test('what hooks leave out is done as for a definition', async () => {
  const { invoke } = await startReadyServer('hooks-minimal');

  const json = await invoke('{"instances": [[1], [2]]}');
  const lines = await invoke('[3]\n', { 'content-type': 'application/jsonlines' });
  const broken = await invoke('"', { 'content-type': csv });
  const unknown = await invoke('1', { 'content-type': 'application/x-parquet' });
  const refused = await invoke('1', { 'content-type': csv, accept: 'application/x-parquet' });

  expect([await json.text(), await lines.text()]).toEqual(['{"predictions":[2,4]}', '6\n']);
  expect([broken.status, unknown.status, refused.status]).toEqual([400, 415, 406]);
});

test('transformFn does all at once', async () => {
  const { invoke } = await startReadyServer('hooks-transform', { isolation: 'inline' });

  const text = await invoke('a', { 'content-type': 'text/plain', accept: csv });
  const bytes = await invoke('a', { 'content-type': 'image/png', accept: 'application/octet-stream' });
  const wrong = await invoke('wrong', { 'content-type': csv });

  expect(await text.json()).toEqual(['model', 'string', 'text/plain', csv]);
  expect(new Uint8Array(await bytes.arrayBuffer())).toEqual(Uint8Array.of(1, 2));
  expect(await readReply(wrong)).toEqual({
    error: {
      code: 'PREDICTION_INVALID',
      message:
        'transformFn of the predictor returned number: return text or a Uint8Array, or [body, contentType]',
    },
  });
});

test('a list that is no body with its type is told as what it is', async () => {
  const { invoke } = await startReadyServer('hooks-transform', { isolation: 'inline' });

  const { error } = await readReply(await invoke('list', { 'content-type': csv }));

  expect(error.message).toMatch(/^transformFn of the predictor returned \[string\]: return text/);
});

test.each([
  ['latin-1', 'text/csv; charset=iso-8859-1', Buffer.from('é', 'latin1'), 200, 'é'],
  [
    'UTF-16 that is ASCII by its bytes',
    'text/plain; charset=utf-16le',
    Buffer.from('a', 'utf16le'),
    200,
    'a',
  ],
  ['what is called ASCII', 'text/plain; charset=us-ascii', Buffer.from('é'), 200, 'é'],
  ['an unknown charset', 'text/plain; charset=klingon', Buffer.from('a'), 415, '"CHARSET_UNSUPPORTED"'],
  [
    'what is not in its charset',
    'text/plain; charset=euc-jp',
    Buffer.from([0xff]),
    400,
    '"TEXT_NOT_IN_CHARSET"',
  ],
])('a hook gets text by its charset: %s', async (_what, contentType, body, status, text) => {
  const { invoke } = await startReadyServer('hooks-transform', { isolation: 'inline' });

  const reply = await invoke(new Uint8Array(body), { 'content-type': contentType, accept: 'text/html' });

  expect([reply.status, await reply.text()]).toEqual([status, expect.stringContaining(text)]);
});

test('what a hook throws, and what is no text, is told as for a definition', async () => {
  const { invoke } = await startReadyServer('hooks', { isolation: 'inline' });

  const failed = await invoke('x', { 'content-type': csv });
  const bytes = await invoke(Uint8Array.of(0xff), { 'content-type': csv });
  const empty = await invoke('', { 'content-type': csv });

  expect((await readReply(failed)).error).toMatchObject({ code: 'PREDICTOR_FAILED' });
  expect((await readReply(bytes)).error).toMatchObject({ code: 'TEXT_NOT_UTF8' });
  expect(empty.status).toBe(204);
});

test.each([
  ['hooks-no-model', /exports predictFn but no modelFn/],
  ['hooks-both', /exports both predictFn and transformFn: export one of the two/],
  ['hooks-neither', /exports neither predictFn nor transformFn/],
  ['hooks-python-names', /exports model_fn, the name in Python: call it modelFn here/],
])('hooks that do not belong together are refused at the start (%s)', async (fixture, message) => {
  const { server } = await startServer(fixture, { isolation: 'inline' });

  await expect(server.ready()).rejects.toMatchObject({
    code: 'PREDICTOR_INVALID',
    message: expect.stringMatching(message),
  });
});
