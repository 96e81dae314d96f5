import { expect, test } from 'vitest';
import { ServeError } from '../errors/errors.ts';
import { createLifecycle } from './lifecycle.ts';

const reason = new ServeError('WORKER_EXITED', 'gone');

test('a server goes from starting to ready, draining and stopped', async () => {
  const lifecycle = createLifecycle();
  const states = [lifecycle.state];

  lifecycle.markReady();
  states.push(lifecycle.state);
  lifecycle.startDraining(reason);
  states.push(lifecycle.state);
  lifecycle.markStopped();
  states.push(lifecycle.state);

  expect(states).toEqual(['starting', 'ready', 'draining', 'stopped']);
  await lifecycle.ready;
  await lifecycle.closed;
});

test('a failed server stays failed, with its first reason', async () => {
  const lifecycle = createLifecycle();
  lifecycle.markReady();

  lifecycle.fail(reason);
  lifecycle.fail(new ServeError('INTERNAL', 'later'));
  lifecycle.markReady();
  lifecycle.startDraining(new ServeError('SERVER_CLOSED', 'closed'));
  lifecycle.markStopped();

  expect([lifecycle.state, lifecycle.isClosing]).toEqual(['failed', true]);
  await expect(lifecycle.closed).rejects.toBe(reason);
});

test('a model that ends while the server drains changes nothing', async () => {
  const lifecycle = createLifecycle();
  lifecycle.startDraining(reason);

  lifecycle.fail(new ServeError('WORKER_EXITED', 'gone'));
  lifecycle.markReady();

  expect(lifecycle.state).toBe('draining');
});
