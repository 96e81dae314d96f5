/** Chat completions, whole and chunk by chunk, asked for by OpenAI's own client and by hand. */

import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { startModels } from './start-models.ts';
import { startReadyServer, startServer } from './start-server.ts';

const path = '/v1/chat/completions';
const attributes = 'X-Amzn-SageMaker-Custom-Attributes';
const json = { 'content-type': 'application/json' };
const inline = { isolation: 'inline' } as const;

function connect(url: string): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 });
}

function ask(content: string) {
  return { model: 'mine', messages: [{ role: 'user' as const, content }] };
}

async function post(url: string, body: unknown, headers: Record<string, string> = json): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return await fetch(url, { method: 'POST', body: text, headers });
}

test.each(['worker', 'process', 'inline'] as const)(
  "OpenAI's client gets a completion, whole and streamed, and the reason of a failure: %s",
  async (isolation) => {
    const { server } = await startReadyServer('chat-alone', { isolation });
    const { chat } = connect(server.url);

    const whole = await chat.completions.create(ask('words a b c'));
    const texts: unknown[] = [];
    const stream = await chat.completions.create({ ...ask('words a b c'), stream: true });
    for await (const { choices } of stream)
      texts.push(choices[0]?.delta.content ?? choices[0]?.finish_reason);
    const failure = await chat.completions.create(ask('fail')).catch((error: unknown) => error);

    expect(whole).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-/),
      object: 'chat.completion',
      model: 'mine',
      choices: [{ index: 0, message: { role: 'assistant', content: 'a b c' }, finish_reason: 'stop' }],
    });
    expect(Math.abs(whole.created - Date.now() / 1_000)).toBeLessThan(60);
    expect(texts).toEqual(['a', ' b', ' c', 'stop']);
    expect(failure).toMatchObject({ status: 500, code: 'PREDICTOR_FAILED', type: 'server_error' });
  },
);

test('usage and the reason of the end are those that the predictor gives, in a stream where it is asked for', async () => {
  const { server } = await startReadyServer('chat-alone', inline);
  const { chat } = connect(server.url);
  const collect = async (content: string, options: object) => {
    const chunks = [];
    const stream = await chat.completions.create({ ...ask(content), ...options, stream: true });
    for await (const { choices, usage } of stream) chunks.push([choices[0]?.finish_reason, usage]);
    return chunks;
  };

  const whole = await chat.completions.create(ask('usage'));
  const withUsage = await collect('usage', { stream_options: { include_usage: true } });
  const without = await collect('usage', {});
  const unknown = await collect('words a', { stream_options: { include_usage: true } });

  const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
  expect([whole.choices[0]?.finish_reason, whole.usage]).toEqual(['length', usage]);
  expect(withUsage).toEqual([
    [null, null],
    ['length', null],
    [undefined, usage],
  ]);
  expect(without).toEqual([
    [null, undefined],
    ['length', undefined],
  ]);
  expect(unknown).toEqual([
    [null, null],
    ['stop', null],
  ]);
});

test("calls of tools arrive as OpenAI's client puts them together, from the whole and from deltas", async () => {
  const { server } = await startReadyServer('chat-alone', inline);
  const { chat } = connect(server.url);
  const call = { id: 'call-1', type: 'function', function: { name: 'add', arguments: '{"a":1}' } };

  const replies = await Promise.all(
    ['tools', 'delta'].flatMap((task) => [
      chat.completions.create(ask(task)),
      chat.completions.stream(ask(task)).finalChatCompletion(),
    ]),
  );

  const [tools, toolsStreamed, delta, deltaStreamed] = replies.map(({ choices: [choice] }) => choice);
  const both = [call, { ...call, id: 'call-2' }];
  for (const choice of [tools, toolsStreamed]) {
    expect(choice).toMatchObject({
      message: { content: null, tool_calls: both },
      finish_reason: 'tool_calls',
    });
  }
  for (const choice of [delta, deltaStreamed]) {
    expect(choice).toMatchObject({
      message: { content: 'ab', tool_calls: [call] },
      finish_reason: 'tool_calls',
    });
  }
  expect(delta?.message).toMatchObject({ reasoning: 'why not' });
});

test('a stream is events of chunks that end in [DONE], at once and unbuffered', async () => {
  const { server } = await startReadyServer('chat-alone', inline);

  const reply = await post(`${server.url}${path}`, { ...ask('words a\nb'), stream: true });

  const events = (await reply.text()).split('\n\n');
  expect([reply.headers.get('content-type'), reply.headers.get('x-accel-buffering')]).toEqual([
    'text/event-stream',
    'no',
  ]);
  expect(events.at(-2)).toBe('data: [DONE]');
  expect(events.slice(0, -2).map((event) => JSON.parse(event.slice('data: '.length)))).toEqual([
    {
      id: expect.any(String),
      object: 'chat.completion.chunk',
      created: expect.any(Number),
      model: 'mine',
      choices: [
        { index: 0, delta: { role: 'assistant', content: 'a\nb' }, logprobs: null, finish_reason: null },
      ],
    },
    expect.objectContaining({ choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }] }),
  ]);
});

test('members that are not known reach the predictor as they were sent', async () => {
  const { server } = await startReadyServer('chat-alone', inline);
  const messages = [
    { role: 'system', content: 'be brief', cache: true },
    { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:,' } }] },
  ];
  const sent = {
    messages,
    temperature: 0.5,
    stop: ['a'],
    top_k: 4,
    tools: [{ type: 'function', function: {} }],
  };

  const reply = await post(`${server.url}${path}`, sent);

  const { messages: _, ...others } = sent;
  const { model, choices } = (await reply.json()) as OpenAI.ChatCompletion;
  expect([model, JSON.parse(choices[0]?.message.content ?? '')]).toEqual(['default', [messages, others]]);
});

const refused: readonly (readonly [body: unknown, message: string, param: string | null])[] = [
  ['', 'the body is empty', null],
  ['{"messages": [', 'JSON', null],
  [{}, 'request.messages is missing: expected array', 'messages'],
  [{ messages: [] }, 'request.messages is []: expected array to have >=1 items', 'messages'],
  [
    { messages: [{ role: 'robot', content: 'a' }] },
    'request.messages[0].role is "robot"',
    'messages[0].role',
  ],
  [
    { messages: [{ role: 'user' }] },
    'request.messages[0].content is missing: expected text or a list of parts',
    'messages[0].content',
  ],
  [
    { messages: [{ role: 'system', content: null }] },
    'request.messages[0].content is null: expected text or a list of parts',
    'messages[0].content',
  ],
  [{ ...ask('words a'), temperature: 3 }, 'request.temperature is 3', 'temperature'],
  [{ ...ask('words a'), n: 2 }, 'request.n is 2: expected 1', 'n'],
  [{ ...ask('words a'), stream: 'yes' }, 'request.stream is "yes": expected boolean', 'stream'],
  [[], 'request is []: expected object', null],
  [ask('refuse'), 'is not for me', null],
];

test("a wrong request is refused in the shape of OpenAI's errors", async () => {
  const { server } = await startReadyServer('chat-alone', inline);

  for (const [body, message, param] of refused) {
    const reply = await post(`${server.url}${path}`, body);

    expect([body, reply.status, await reply.json()]).toEqual([
      body,
      400,
      {
        error: {
          message: expect.stringContaining(message),
          type: 'invalid_request_error',
          code: 'INPUT_INVALID',
          param,
        },
      },
    ]);
  }
  const csv = await post(`${server.url}${path}`, 'a,b', { 'content-type': 'text/csv' });
  const get = await fetch(`${server.url}${path}`);

  expect([csv.status, await csv.text()]).toEqual([415, expect.stringContaining('send application/json')]);
  expect([get.status, get.headers.get('allow'), await get.json()]).toMatchObject([
    405,
    'POST',
    { error: { type: 'invalid_request_error', code: 'METHOD_NOT_ALLOWED', param: null } },
  ]);
});

test('what goes wrong after the first chunk cuts the stream off, and the log says why', async () => {
  const { server, lines } = await startReadyServer('chat-alone');
  const read = async (task: string) =>
    await (await post(`${server.url}${path}`, { ...ask(task), stream: true })).text();

  const before = await post(`${server.url}${path}`, { ...ask('fail'), stream: true });
  await expect(read('late')).rejects.toThrow('terminated');
  await expect(read('wrong')).rejects.toThrow('terminated');
  const whole = await post(`${server.url}${path}`, ask('wrong'));

  expect([before.status, before.headers.get('content-type')]).toEqual([500, 'application/json']);
  expect([whole.status, await whole.text()]).toEqual([
    500,
    expect.stringContaining('piece 1 (from zero) of chatCompletions is neither text nor a delta'),
  ]);
  const logged = lines.map(({ fields }) => JSON.stringify(fields)).join('\n');
  expect(logged).toContain('the task was to fail late');
  expect(logged).toContain('pieces[1].content is 5');
});

test.each(['worker', 'process', 'inline'] as const)(
  'a client that leaves ends the source, and its reason is counted: %s',
  async (isolation) => {
    const { server, lines } = await startReadyServer('chat-alone', { isolation });
    const leaving = new AbortController();
    const { chat } = connect(server.url);

    const stream = await chat.completions.create(
      { ...ask('forever'), stream: true },
      { signal: leaving.signal },
    );
    for await (const chunk of stream) if (chunk.choices.length > 0) leaving.abort();

    await expect.poll(() => lines.some(({ message }) => message === 'the source has ended')).toBe(true);
    await expect
      .poll(async () => await (await fetch(`${server.url}/metrics`)).text())
      .toContain('optml_invocation_errors_total{code="CLIENT_LEFT"} 1');
  },
);

test('deadlines, ends of workers and a full queue are answered in the same shape', async () => {
  const { server } = await startReadyServer('chat-alone', {
    limits: { invocationMs: 1_000, pendingInvocations: 1 },
  });
  const send = async (task: string) => {
    const reply = await post(`${server.url}${path}`, ask(task));
    const { error } = (await reply.json()) as { readonly error: object };
    return [reply.status, error];
  };

  const [late, full] = await Promise.all([send('never'), send('never')]);
  const exited = await send('exit');

  const type = 'server_error';
  expect([late, full].map(([status]) => status).sort()).toEqual([503, 504]);
  expect([late, full]).toContainEqual([504, expect.objectContaining({ type, code: 'INVOCATION_TIMEOUT' })]);
  expect([late, full]).toContainEqual([503, expect.objectContaining({ type, code: 'QUEUE_FULL' })]);
  expect(exited).toEqual([500, expect.objectContaining({ type, code: 'WORKER_EXITED', param: null })]);
});

test('a predictor that has predict, too, answers each on its own path, and by the custom attribute', async () => {
  const { server, invoke } = await startReadyServer('chat-beside', { observe: { metrics: true } });
  const chat = { messages: [{ role: 'user', content: 'a' }] };
  const named = { ...json, [attributes]: `tenant=7,route=${path}` };

  const sum = await invoke('[1, 2]', json);
  const direct = await post(`${server.url}${path}`, chat);
  const byAttribute = await invoke(JSON.stringify(chat), named);
  const refusal = await invoke('{}', named);
  const chatAsInstances = await invoke(JSON.stringify(chat), json);

  expect([sum.status, await sum.json()]).toEqual([200, 3]);
  for (const reply of [direct, byAttribute]) {
    expect(await reply.json()).toMatchObject({ choices: [{ message: { content: 'sums: 1 messages' } }] });
  }
  expect(byAttribute.headers.get(attributes)).toBe(`tenant=7,route=${path}`);
  expect(await refusal.json()).toMatchObject({ error: { type: 'invalid_request_error', param: 'messages' } });
  expect([chatAsInstances.status, await chatAsInstances.json()]).toMatchObject([
    400,
    {
      error: {
        code: 'INPUT_INVALID',
        message: expect.stringMatching(
          /^this looks like a request for a chat completion: send it to \/v1\/chat\/completions, or with route=\/v1\/chat\/completions in the custom attributes; as instances: .*expected array/,
        ),
      },
    },
  ]);
  const other = await invoke('{"messages": "none"}', json);
  expect(await other.json()).toMatchObject({ error: { message: expect.not.stringContaining('chat') } });
});

test.each(['chat-alone', 'chat-beside'])('an invocation of %s cannot name another route', async (name) => {
  const { invoke } = await startReadyServer(name, inline);
  const chat = JSON.stringify({ messages: [{ role: 'user', content: 'a' }] });

  const reply = await invoke(chat, { ...json, [attributes]: 'route=/v1/embeddings' });

  expect([reply.status, await reply.json()]).toMatchObject([
    403,
    {
      error: { code: 'ROUTE_NOT_ALLOWED', message: expect.stringContaining(`use ${path}, or leave it out`) },
    },
  ]);
});

test('a predictor that has nothing else answers every invocation so, and routes of the author go before', async () => {
  const { server, invoke } = await startReadyServer('chat-alone', {
    ...inline,
    invocableRoutes: ['/v1/own'],
    prepare({ app }) {
      app.post('/v1/own', (_request, response) => void response.json('own'));
    },
  });

  const replies = await Promise.all([
    invoke(JSON.stringify(ask('words a'))),
    invoke(JSON.stringify(ask('words a')), { ...json, [attributes]: `route=${path}` }),
  ]);
  const streamed = await invoke(JSON.stringify({ ...ask('words a'), stream: true }));
  const own = await invoke('{}', { ...json, [attributes]: 'route=/v1/own' });
  const other = await invoke('{}', { ...json, [attributes]: 'route=/v1/other' });
  const wrong = await invoke('[[1]]', json);

  for (const reply of replies) expect(await reply.text()).toContain('"content":"a"');
  expect(await streamed.text()).toContain('data: [DONE]');
  expect([await own.json(), other.status]).toEqual(['own', 403]);
  expect(await wrong.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
  expect((await fetch(`${server.url}/ping`)).status).toBe(200);
});

test('a predictor without it leaves the path to the author, and one that is loading is not ready', async () => {
  const own = await startReadyServer('sums', {
    ...inline,
    prepare({ app }) {
      app.post(path, (_request, response) => void response.json('own'));
    },
  });
  const none = await startReadyServer('sums', inline);
  const loading = await startServer('slow-load');

  const replies = await Promise.all(
    [own, none, loading].map(async ({ server }) => await post(`${server.url}${path}`, ask('words a'))),
  );

  expect(replies.map(({ status }) => status)).toEqual([200, 404, 503]);
  expect(await replies[2]?.json()).toMatchObject({
    error: { type: 'server_error', code: 'MODEL_NOT_READY' },
  });
});

test('requests of a session share its state', async () => {
  const { server } = await startReadyServer('chat-beside', inline);
  const header = 'x-amzn-sagemaker-session-id';
  const send = (id: string) => post(`${server.url}${path}`, ask('a'), { ...json, [header]: id });

  const opened = await send('NEW_SESSION');
  const [id = ''] = (opened.headers.get('x-amzn-sagemaker-new-session-id') ?? '').split(';');
  const used = await send(id);
  const unknown = await send('unknown');

  expect(await opened.text()).toContain('request 1');
  expect(await used.text()).toContain('request 2');
  expect(await unknown.json()).toMatchObject({
    error: { type: 'invalid_request_error', code: 'SESSION_NOT_FOUND' },
  });
});

test('one of several models answers them at its own path', async () => {
  const { server, addModel, load, invoke } = await startModels('chat-beside', inline);
  await load('a', await addModel('a'));
  const body = JSON.stringify(ask('a'));

  const [sum, chat, other, direct, named] = await Promise.all([
    invoke('a', '[1, 2]'),
    invoke('a', body, { [attributes]: `route=${path}` }),
    invoke('b', body, { [attributes]: `route=${path}` }),
    post(`${server.url}${path}`, ask('a')),
    invoke('a', body, { [attributes]: 'route=/v1/embeddings' }),
  ]);

  expect([await sum.json(), other.status, direct.status, named.status]).toEqual([3, 404, 404, 403]);
  expect(await chat.json()).toMatchObject({ object: 'chat.completion' });
});

test('the document describes the path, and of one that has nothing else the invocations, too', async () => {
  const [alone, beside] = await Promise.all([
    startReadyServer('chat-alone', inline),
    startReadyServer('chat-beside', inline),
  ]);
  const read = async (url: string) => JSON.stringify(await (await fetch(`${url}/openapi.json`)).json());

  const documents = [await read(alone.server.url), await read(beside.server.url)];

  const count = (text: string) =>
    text.split('"$ref":"#/components/schemas/ChatCompletionsRequest"').length - 1;
  expect(documents.map(count)).toEqual([2, 1]);
  for (const document of documents) expect(document).toContain(`"${path}":{"post"`);
});
