/** Brings a repository to where only the manifest is missing: it is there, with its settings and every blob. */

import { type EcrRepository, ensureRepository } from '../repository/ensure-repository.ts';
import { createByPush } from './create-by-push.ts';
import type { PublishEvent, PublishPlan, TargetPlan } from './plan-publish.ts';
import { type Bound, runAll } from './run-bounded.ts';
import { type BlobToSend, createBlobSender } from './upload-blob.ts';

/** What the steps of one publication share. */
export interface Application {
  readonly plan: PublishPlan;
  readonly bound: Bound;
  readonly onEvent: (event: PublishEvent) => void;
}

/** What one step gets. */
export type Step = Application & { readonly signal: AbortSignal };

/** A repository that is there. */
export interface ReadyTarget extends TargetPlan {
  readonly repository: EcrRepository;
  readonly created: boolean;
  /** What it has got already: the push that made it. */
  readonly pushed: readonly BlobToSend[];
}

/**
 * Finds or makes the repository. Where CreateRepository is denied, the config is pushed before everything else: it is
 * small, and a push makes the repository where a creation template covers its name.
 */
export async function prepareTarget(planned: TargetPlan, step: Step): Promise<ReadyTarget> {
  const { target, repository, blobs } = planned;
  const { connection, address, settings } = target;
  const { onEvent, signal } = step;
  if (repository !== undefined && settings === undefined) {
    return { ...planned, repository, created: false, pushed: [] };
  }
  let pushed: readonly BlobToSend[] = [];
  const ensured = await ensureRepository(connection, address, {
    settings,
    signal,
    async createInstead(denied) {
      const config = blobs.slice(-1);
      const push = () => sendAll(target, config, { ...step, onEvent: withoutNotices(onEvent) });
      await createByPush(push, denied);
      pushed = config;
      onEvent({
        kind: 'notice',
        message: `a push made the repository ${address.repository} in ${connection.region}, by a repository creation template: ecr:CreateRepository is not allowed`,
      });
    },
  });
  const { created } = ensured;
  if (created) onEvent({ kind: 'created', region: connection.region, repository: address.repository });
  return { ...planned, repository: ensured, created, pushed };
}

/** That a transport does not find the repository is the question here, and not a notice. */
function withoutNotices(onEvent: Application['onEvent']): Application['onEvent'] {
  return (event) => {
    if (event.kind !== 'notice') onEvent(event);
  };
}

/** A repository that has every blob. */
export interface FilledTarget extends ReadyTarget {
  readonly bytesSent: number;
}

/** Sends what the repository lacks. */
export async function sendBlobs(ready: ReadyTarget, step: Step): Promise<FilledTarget> {
  const { target, blobs, pushed } = ready;
  const left = blobs.filter((subject) => !pushed.includes(subject));
  const before = pushed.reduce((sum, { blob }) => sum + blob.descriptor.size, 0);
  return { ...ready, bytesSent: before + (await sendAll(target, left, step)) };
}

/** Resolves with the number of bytes that were sent. */
async function sendAll(
  target: TargetPlan['target'],
  blobs: readonly BlobToSend[],
  { plan: { transport }, bound, onEvent, signal: outer }: Step,
): Promise<number> {
  const { region } = target.connection;
  const send = createBlobSender(target, transport, (message) => onEvent({ kind: 'notice', message }));
  const sent = await runAll(
    blobs,
    (subject, signal) =>
      bound(async () => {
        const { digest, size } = subject.blob.descriptor;
        const about = { region, repository: target.repository, digest, size };
        const result = await send(subject, {
          signal,
          onProgress: (sentBytes) => onEvent({ kind: 'sending', ...about, sentBytes, mounted: false }),
        });
        onEvent({ kind: 'sent', ...about, ...result });
        return result.sentBytes;
      }),
    outer,
  );
  return sent.reduce((sum, bytes) => sum + bytes, 0);
}
