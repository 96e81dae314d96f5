/** What the server and a worker process say to each other: Node's own messages, and large bodies beside them. */

import type { ChildProcess } from 'node:child_process';
import { readSync, writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import process from 'node:process';
import { createByteQueue } from './byte-queue.ts';
import { attachBodies, countMovedBytes, detachBodies } from './moved-bodies.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

/** Where the worker finds the pipe for bodies: behind its standard streams and Node's own channel. */
const bodiesDescriptor = 4;

/** Receives what the worker sends, and gives the function that sends to it; what comes too late for it is dropped. */
export function openServerEnd(
  child: ChildProcess,
  receive: (message: FromWorker) => void,
): (message: ToWorker) => void {
  const bodies = child.stdio[bodiesDescriptor] as Socket;
  const bytes = createByteQueue();
  const waiting: FromWorker[] = [];
  const receiveAll = () => {
    for (;;) {
      const [message] = waiting;
      if (message === undefined) return;
      const sizeBytes = countMovedBytes(message);
      if (sizeBytes > bytes.sizeBytes) return;
      waiting.shift();
      receive(sizeBytes === 0 ? message : attachBodies(message, bytes.take));
    }
  };
  child.on('message', (message) => {
    waiting.push(message as FromWorker);
    receiveAll();
  });
  bodies.on('data', (chunk: Uint8Array) => {
    bytes.add(chunk);
    receiveAll();
  });
  bodies.on('error', ignore);
  return (message) => {
    if (!child.connected) return;
    const detached = detachBodies(message);
    child.send(detached.message, ignore);
    for (const body of detached.bodies) bodies.write(body);
  };
}

/**
 * The worker's end. It waits for the bytes of a body, and until they are taken: the server, which never waits, is at the
 * other end.
 */
export function openWorkerEnd(receive: (message: ToWorker) => void): (message: FromWorker) => void {
  process.on('message', (message: ToWorker) => {
    receive(countMovedBytes(message) === 0 ? message : attachBodies(message, readBytes));
  });
  const send = process.send?.bind(process);
  // What a library sends to its parent is for others: that it is ready, to a process manager.
  delete process.send;
  return (message) => {
    const detached = detachBodies(message);
    send?.(detached.message);
    for (const body of detached.bodies) writeBytes(body);
  };
}

function readBytes(sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  for (let filled = 0; filled < sizeBytes; ) {
    const count = readSync(bodiesDescriptor, bytes, filled, sizeBytes - filled, null);
    if (count === 0) throw new Error('the server has ended in the middle of a body');
    filled += count;
  }
  return bytes;
}

function writeBytes(bytes: Uint8Array): void {
  for (let sent = 0; sent < bytes.byteLength; ) sent += writeSync(bodiesDescriptor, bytes, sent);
}

function ignore(): void {}
