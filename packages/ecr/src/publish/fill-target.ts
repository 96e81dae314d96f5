/** Brings a repository to where only the manifest is missing: it is there, with its settings and every blob. */

import { EcrError } from '../errors.ts';
import { type EcrRepository, ensureRepository } from '../repository/ensure-repository.ts';
import type { PublishEvent, PublishPlan, TargetPlan } from './plan-publish.ts';
import { type Bound, runAll } from './run-bounded.ts';
import { type BlobToSend, createBlobSender } from './upload-blob.ts';

/** What each step of a publication gets. */
export interface Step {
  readonly plan: PublishPlan;
  readonly bound: Bound;
  readonly onEvent: (event: PublishEvent) => void;
  readonly signal: AbortSignal;
}

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
      // That a transport does not find the repository is the question here, and not a notice.
      const withoutNotices: Step['onEvent'] = (event) => {
        if (event.kind !== 'notice') onEvent(event);
      };
      await createByPush(() => sendAll(target, config, { ...step, onEvent: withoutNotices }), denied);
      pushed = config;
      onEvent({
        kind: 'notice',
        message: `the push created the repository ${address.repository} in ${connection.region} from a repository creation template, because ecr:CreateRepository is not allowed`,
      });
    },
  });
  const { created } = ensured;
  if (created) onEvent({ kind: 'created', region: connection.region, repository: address.repository });
  return { ...planned, repository: ensured, created, pushed };
}

/**
 * Pushes, because CreateRepository was denied.
 *
 * @throws EcrError `ACCESS_DENIED` that names both ways to a repository, when the push made none; or what the push throws
 */
async function createByPush(push: () => Promise<unknown>, denied: EcrError): Promise<void> {
  try {
    await push();
  } catch (cause) {
    const outcome = describeRefusal(cause);
    if (outcome === undefined) throw cause;
    const { message, region, repository, action, resource } = denied;
    throw new EcrError(
      'ACCESS_DENIED',
      `${message}; or ask for a repository creation template for CREATE_ON_PUSH that covers "${repository}", so that a push creates the repository: this push ${outcome}`,
      { cause, region, repository, action, resource },
    );
  }
}

interface PushFailure extends Error {
  readonly code?: string | undefined;
  readonly registryCode?: string | undefined;
  readonly cause?: PushFailure | undefined;
}

/** What became of the push, unless it failed for reasons of its own. */
function describeRefusal(error: unknown): string | undefined {
  const { code, registryCode, cause, message } = error as PushFailure;
  if (code === 'REPOSITORY_MISSING' || registryCode === 'NAME_UNKNOWN') return 'did not create it';
  if (code === 'ACCESS_DENIED' || code === 'REGISTRY_DENIED') return `was denied too (${message})`;
  return code === 'UPLOAD_FAILED' && cause !== undefined ? describeRefusal(cause) : undefined;
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
