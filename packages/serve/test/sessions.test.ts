/** Stateful sessions, as clients of InvokeEndpoint open, use and close them. */

import { describe, expect, test } from 'vitest';
import { readAnswer, readSessionId, startSessions } from './open-sessions.ts';
import { startModels } from './start-models.ts';
import { readReply, waitForWorkers } from './start-server.ts';

const isolations = ['worker', 'process', 'inline'] as const;
const sessionHeader = 'x-amzn-sagemaker-session-id';

describe.each(isolations)('in %s', (isolation) => {
  test('the story of two sessions: opened, used, closed, and not there any more', async () => {
    const { send, askForSession, open, use, close, heard, server } = await startSessions('sessions', {
      isolation,
      workers: { count: 2 },
    });

    const reply = await askForSession('name ann');
    const ann = readSessionId(reply);
    const bob = await open('name bob');

    expect([reply.status, await reply.json()]).toEqual([200, {}]);
    // Source: `InvokeEndpoint`, `NewSessionId`: no fractions of seconds.
    expect(reply.headers.get('x-amzn-sagemaker-new-session-id')).toMatch(
      /^[a-zA-Z0-9](-*[a-zA-Z0-9])*;\sExpires=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
    );
    expect(await readAnswer(use(ann, ['say', 'a']))).toEqual(['a']);
    expect(await readAnswer(use(bob, ['say', 'b']))).toEqual(['b']);
    expect(await readAnswer(use(ann, ['say', 'c']))).toEqual(['a', 'c']);
    expect(await readAnswer(use(ann, ['ids']))).toEqual([ann, ann]);
    expect(await readAnswer(send(['say', 'd']))).toEqual(['d']);
    expect(await (await fetch(`${server.url}/metrics`)).text()).toContain('\noptml_sessions_open 2\n');

    const closed = await close(ann);

    expect([closed.status, closed.headers.get('x-amzn-sagemaker-closed-session-id')]).toEqual([200, ann]);
    await heard('closed ann after a,c');
    const refused = await use(ann, ['say', 'e']);
    const { error } = await readReply(refused);
    expect([refused.status, error.code]).toEqual([400, 'SESSION_NOT_FOUND']);
    expect(error.message).toContain(`"${ann}"`);
    expect(await readAnswer(close(ann))).toEqual([400, 'SESSION_NOT_FOUND']);
    expect(await readAnswer(use(bob, ['say', 'f']))).toEqual(['b', 'f']);
    expect(await (await fetch(`${server.url}/metrics`)).text()).toContain('\noptml_sessions_open 1\n');
  });

  test('requests of a session are predicted one after another, in their order', async () => {
    const { open, use, tell, heard } = await startSessions('sessions', { isolation });
    const id = await open();

    const first = use(id, ['hold', 'one']);
    await heard('holding one');
    const others = ['two', 'three'].map((word) => use(id, ['say', word]));
    const other = await open();
    expect(await readAnswer(use(other, ['say', 'meanwhile']))).toEqual(['meanwhile']);
    tell('release one');

    expect(await readAnswer(first)).toEqual(['one']);
    // Two connections: which of them came first is not ours to say.
    const [short, long] = (await Promise.all(others.map(readAnswer))) as string[][];
    expect([short?.length, long?.length].sort()).toEqual([2, 3]);
  });

  test('a session that expires is closed, and what waits for it has its answer before', async () => {
    const { open, use, heard, tell } = await startSessions('sessions', {
      isolation,
      sessions: { expirySeconds: 1 },
    });
    const busy = await open('name busy');
    const held = use(busy, ['hold', 'word']);
    await heard('holding word');
    const idle = await open('name idle');

    await heard('closed idle after ');
    expect(await readAnswer(use(idle, ['say', 'late']))).toEqual([400, 'SESSION_NOT_FOUND']);
    expect(await readAnswer(use(busy, ['say', 'late']))).toEqual([400, 'SESSION_NOT_FOUND']);
    tell('release word');

    expect(await readAnswer(held)).toEqual(['word']);
    await heard('closed busy after word');
  });

  test('a streamed reply has its turn until its end', async () => {
    const { open, use, tell, heard } = await startSessions('sessions', { isolation });
    const id = await open();

    const stream = await use(id, ['stream', 'one']);
    await heard('streaming one');
    const next = use(id, ['say', 'two']);
    tell('release one');

    expect(await stream.text()).toContain('one begins');
    expect(await readAnswer(next)).toEqual(['one', 'two']);
  });

  test('a client that leaves a stream gives the session back', async () => {
    const { open, use, tell, heard } = await startSessions('sessions', { isolation });
    const id = await open();
    const leaving = new AbortController();

    const stream = await use(id, ['stream', 'one'], { signal: leaving.signal });
    await heard('streaming one');
    leaving.abort();
    await stream.text().catch(() => undefined);
    tell('release one');
    await heard('streamed one');

    expect(await readAnswer(use(id, ['say', 'two']))).toEqual(['one', 'two']);
  });

  test('a first request opens a session and is predicted in it, unless it fails or streams', async () => {
    const { send, use, heard, server } = await startSessions('sessions', { isolation });
    const openWith = (body: unknown, name: string) =>
      send(body, {
        [sessionHeader]: 'NEW_SESSION',
        'x-amzn-sagemaker-custom-attributes': `name ${name}`,
      });

    const reply = await openWith(['say', 'first'], 'kept');
    expect(await readAnswer(reply)).toEqual(['first']);
    expect(await readAnswer(use(readSessionId(reply), ['say', 'second']))).toEqual(['first', 'second']);

    for (const [command, code] of [
      ['fail', [500, 'PREDICTOR_FAILED']],
      ['stream', [400, 'SESSION_REQUEST_INVALID']],
    ] as const) {
      const failed = await openWith([command], command);

      expect([readSessionId(failed), await readAnswer(failed)]).toEqual(['', code]);
      await heard(`closed ${command} after `);
    }
    expect(await (await fetch(`${server.url}/metrics`)).text()).toContain('\noptml_sessions_open 1\n');
  });

  test('a drain closes what is open', async () => {
    const { open, use, heard, server } = await startSessions('sessions', { isolation });
    const id = await open('name left');
    await readAnswer(use(id, ['say', 'last']));

    await server.close();

    await heard('closed left after last');
  });
});

describe.each(['worker', 'process'] as const)('with two workers in %s', (isolation) => {
  test('a session stays with the worker that opened it, and is lost with that one alone', async () => {
    const { open, use, close, send, server, heard, tell } = await startSessions('sessions', {
      isolation,
      workers: { count: 2 },
      sessions: { maximumCount: 8 },
    });
    await waitForWorkers(server.url, 2);
    // A busy worker opens none as long as the other has nothing to do.
    const busy = send(['hold', 'a']);
    await heard('holding a');
    const lost = [await open(), await open()];
    const held = use(lost[0] ?? '', ['hold', 'b']);
    await heard('holding b');
    tell('release a');
    expect(await readAnswer(busy)).toEqual(['a']);
    const kept = [await open(), await open()];
    tell('release b');
    expect(await readAnswer(held)).toEqual(['b']);
    const where = async (id: string) => await readAnswer(use(id, ['where']));
    const homes = await Promise.all([...lost, ...kept, ...lost, ...kept].map(where));
    expect(homes).toEqual([0, 0, 2, 2, 0, 0, 2, 2].map((index) => homes[index]));
    expect(homes[0]).not.toEqual(homes[2]);

    const [first = ''] = lost;
    const ended = use(first, ['exit']);

    expect(await readAnswer(ended)).toEqual([500, 'WORKER_EXITED']);
    for (const id of lost) {
      const refused = await use(id, ['say', 'x']);
      const { error } = await readReply(refused);
      expect([refused.status, error.code]).toEqual([400, 'SESSION_LOST']);
      expect(error.message).toContain(`"${id}" is lost: the worker that held its state has ended`);
    }
    for (const id of kept) expect(await readAnswer(use(id, ['say', 'y']))).toEqual(['y']);
    expect(await readAnswer(send(['say', 'z']))).toEqual(['z']);
    const text = await (await fetch(`${server.url}/metrics`)).text();
    expect(text).toContain(`\noptml_sessions_open ${kept.length}\n`);
    expect(await readAnswer(close(first))).toEqual([400, 'SESSION_LOST']);
    // They do not count, so there is room.
    const more = await Promise.all(Array.from({ length: 8 - kept.length }, () => open()));
    expect(more).not.toContain('');
  });

  test('what waits for a session whose worker ends is told so, and no other worker predicts it', async () => {
    const { open, use, heard, tell, send } = await startSessions('sessions', {
      isolation,
      workers: { count: 2 },
    });
    const id = await open();
    const held = use(id, ['hold', 'one']);
    await heard('holding one');
    const waiting = ['exit', 'say'].map((command) => use(id, [command, 'two']));
    tell('release one');

    expect(await readAnswer(held)).toEqual(['one']);
    const answers = (await Promise.all(waiting.map(readAnswer))) as unknown[][];
    expect(answers).toContainEqual([500, 'WORKER_EXITED']);
    // Which of the two came first is not ours to say.
    expect([[['one', 'two']], [[400, 'SESSION_LOST']]]).toContainEqual(
      answers.filter(([status]) => status !== 500),
    );
    expect(await readAnswer(send(['say', 'three']))).toEqual(['three']);
  });
});

test('there are so many sessions as may be, and those that are given up count no more', async () => {
  const { open, askForSession, close, heard, messages } = await startSessions('sessions');
  const leaving = new AbortController();
  const left = askForSession('hold gone', { signal: leaving.signal }).catch(() => undefined);
  await heard('opening gone');
  const ids = [await open('name one'), await open(), await open()];

  const { error } = await readReply(await askForSession());
  expect([error.code, error.message]).toEqual([
    'SESSIONS_FULL',
    expect.stringContaining('4 sessions are open'),
  ]);

  leaving.abort();
  await left;
  await heard('closed gone after ');
  const again = await open('name again');
  expect(again).not.toBe('');
  await close(ids[0] ?? '');
  expect(await open()).not.toBe('');
  expect(new Set(ids).size).toBe(3);
  expect(messages()).toContain('closed one after ');
});

test('what a request gets wrong about sessions is 400, and the message says what', async () => {
  const { send, server } = await startSessions('sessions', { isolation: 'inline' });
  const [open, close] = [{ requestType: 'NEW_SESSION' }, { requestType: 'CLOSE' }];
  const named = (id: string) => ({ [sessionHeader]: id });
  const refusing = { 'x-amzn-sagemaker-custom-attributes': 'refuse x' };
  const wrong: readonly (readonly [
    body: unknown,
    headers: Record<string, string>,
    code: string,
    text: string,
  ])[] = [
    [['say'], named('abc'), 'SESSION_NOT_FOUND', '"abc"'],
    [['say'], named('../../etc/passwd'), 'SESSION_NOT_FOUND', '"../../etc/passwd"'],
    [['say'], named('__proto__'), 'SESSION_NOT_FOUND', '"__proto__"'],
    [['say'], named('x'.repeat(256)), 'SESSION_NOT_FOUND', `"${'x'.repeat(100)}..."`],
    [['say'], named('new_session'), 'SESSION_NOT_FOUND', 'send NEW_SESSION, in capitals, for a new one'],
    [close, named('abc'), 'SESSION_NOT_FOUND', '"abc"'],
    [close, {}, 'SESSION_REQUEST_INVALID', 'does not name it'],
    [close, named('NEW_SESSION'), 'SESSION_REQUEST_INVALID', 'does not name it'],
    [open, named('abc'), 'SESSION_REQUEST_INVALID', 'names "abc"'],
    [
      { ...open, prompt: 'x' },
      {},
      'SESSION_REQUEST_INVALID',
      'other members beside "requestType": "NEW_SESSION"',
    ],
    [open, refusing, 'INPUT_INVALID', 'this name is taken'],
    [['say', 1], named('NEW_SESSION'), 'INPUT_INVALID', 'instances[1]'],
    [{ requestType: 'classify' }, {}, 'INPUT_INVALID', 'expected array'],
  ];

  for (const [body, headers, code, text] of wrong) {
    const reply = await send(body, headers);
    const { error } = await readReply(reply);

    expect([reply.status, readSessionId(reply), error.code]).toEqual([400, '', code]);
    expect(error.message).toContain(text);
  }
  expect(await (await fetch(`${server.url}/metrics`)).text()).toContain('\noptml_sessions_open 0\n');
});

test('each of several models has sessions of its own', async () => {
  const { server, addModel, load, invoke } = await startModels('sessions', { isolation: 'inline' });
  for (const name of ['a', 'b']) expect((await load(name, await addModel(name))).status).toBe(200);

  const id = readSessionId(await invoke('a', '{"requestType": "NEW_SESSION"}'));
  const use = (name: string) => readAnswer(invoke(name, '["say", "x"]', { [sessionHeader]: id }));

  expect([await use('a'), await use('a')]).toEqual([['x'], ['x', 'x']]);
  expect(await use('b')).toEqual([400, 'SESSION_NOT_FOUND']);
  expect(await (await fetch(`${server.url}/metrics`)).text()).toContain('\noptml_sessions_open 1\n');
});

test('a session that many wait for takes no more of them', async () => {
  const { open, use, heard, tell } = await startSessions('sessions');
  const id = await open();
  const held = use(id, ['hold', 'one']);
  await heard('holding one');

  const all = Promise.withResolvers<void>();
  let refused = 0;
  const answers = Array.from({ length: 40 }, async () => {
    const { status } = await use(id, ['say', 'x']);
    refused += Number(status === 503);
    if (refused === 9) all.resolve();
    return status;
  });
  await all.promise;
  tell('release one');

  expect((await held).status).toBe(200);
  expect((await Promise.all(answers)).filter((status) => status === 200)).toHaveLength(31);
});

test('a session whose state cannot be made is 500, says what failed, and is not open', async () => {
  const { askForSession, server } = await startSessions('sessions', { isolation: 'inline' });

  const reply = await askForSession('fail');

  const { error } = await readReply(reply);
  expect([reply.status, error.code, error.message]).toEqual([
    500,
    'PREDICTOR_FAILED',
    'opening the session failed: no room for a state',
  ]);
  expect(readSessionId(reply)).toBe('');
  expect(await (await fetch(`${server.url}/metrics`)).text()).toContain('\noptml_sessions_open 0\n');
});

test('a hook that throws at the end is a line of the log, and the session is closed', async () => {
  const { open, close, lines } = await startSessions('sessions', { isolation: 'inline' });
  const id = await open('name throws');

  expect((await close(id)).status).toBe(200);
  expect(lines).toContainEqual({
    level: 'error',
    message: 'closing a session failed',
    fields: expect.objectContaining({ sessionId: id, reason: 'the state does not let go' }),
  });
});

test.each([
  ['echo', undefined],
  ['sessions', { isEnabled: false }],
])(
  'without sessions (%s), a request that names one is 400 and says what to do',
  async (fixture, sessions) => {
    const { use, askForSession, send } = await startSessions(fixture, { isolation: 'inline', sessions });

    for (const reply of [await use('abc', ['say']), await askForSession()]) {
      const { error } = await readReply(reply);
      expect([reply.status, error.code]).toEqual([400, 'SESSIONS_DISABLED']);
      expect(error.message).toContain('X-Amzn-SageMaker-Session-Id');
    }
    expect((await send(['say', 'x'])).status).toBe(200);
  },
);

test.each(['NEW_SESSION', 'CLOSE'])(
  'where sessions are turned off, a body that asks for one is refused as the header is: %s',
  async (requestType) => {
    const sessions = { isEnabled: false };
    const { send } = await startSessions('sessions', { isolation: 'inline', sessions });

    expect(await readAnswer(send({ requestType }))).toEqual([400, 'SESSIONS_DISABLED']);
    expect(await readAnswer(send({ requestType, text: 'x' }))).toEqual([400, 'INPUT_INVALID']);
  },
);

test('sessions that are configured for a predictor without them are a warning', async () => {
  const { lines } = await startSessions('echo', { isolation: 'inline', sessions: { isEnabled: true } });

  expect(lines.map(({ message }) => message)).toContainEqual(
    expect.stringContaining('sessions are configured, and the predictor has none'),
  );
});
