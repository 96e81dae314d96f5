/** Brings a predictor to where it answers, in the thread or process where the user code runs. */

import type { Log } from '@optml/contract/log';
import type { $ZodType } from 'zod/v4/core';
import { createBatcher } from '../batching/create-batcher.ts';
import { createMediaTypes } from '../bodies/media-types.ts';
import { describeInFull, describeThrown } from '../errors/describe-thrown.ts';
import type { ConversationTerms } from '../invocation/conversation.ts';
import type { SessionTerms } from '../invocation/session-use.ts';
import { loadRunInTrace } from '../observability/load-trace-api.ts';
import type { AdapterStore } from '../predictor/adapter-store.ts';
import { checkHealth } from '../predictor/check-health.ts';
import type { Converse } from '../predictor/converse.ts';
import { answersInvocations } from '../predictor/define-predictor.ts';
import { type HookedDefinition, hooked } from '../predictor/hooks.ts';
import { createInvoker, type InvokerOptions } from '../predictor/invoker.ts';
import { importPredictor, type LoadedPredictor, loadPredictor } from '../predictor/load-predictor.ts';
import type { Invoke } from '../predictor/prediction.ts';
import { resolveSessionTerms } from '../predictor/session-options.ts';
import type { SessionStore } from '../predictor/session-store.ts';
import { warmUp } from '../predictor/warm-up.ts';
import { describePredictor, type PredictorDescription } from '../self-description/describe-predictor.ts';
import type { ChatTerms, ModelSource } from './model-handle.ts';
import type { StartStage } from './watch-start.ts';

/** A predictor that answers. */
export interface OpenPredictor {
  readonly invoke: Invoke;
  /** Of one that answers chat completions. */
  readonly chat: ChatTerms | undefined;
  /** Begins conversations, of a predictor that has them. */
  readonly converse: Converse | undefined;
  readonly conversationTerms: ConversationTerms | undefined;
  /** Says what it takes and gives; never throws. May take longer than a prediction. */
  describe(): PredictorDescription;
  /** True when the author has something to say of its health. */
  readonly hasHealth: boolean;
  /** Gives what is wrong, or `undefined`; never rejects. */
  checkHealth(): Promise<string | undefined>;
  /** Of a predictor that has sessions. */
  readonly sessions: SessionTerms | undefined;
  /** Of a predictor that has adapters. */
  readonly adapters: AdapterStore | undefined;
  /** Closes the sessions that are left, unloads adapters and calls the author's `unload`, if there is one; never rejects. */
  unload(): Promise<void>;
}

export interface OpenOptions {
  /** The folder, where the source does not have it. */
  readonly modelDirectory?: Promise<string> | undefined;
  /** Aborts a load that nobody waits for any more. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Called when what comes after the import begins. */
  onStage(stage: StartStage): void;
}

/**
 * Imports the module, loads the model and predicts the sample.
 *
 * @throws ServeError `PREDICTOR_NOT_FOUND`, `PREDICTOR_IMPORT_FAILED`, `PREDICTOR_INVALID`, `DEFAULT_ACCEPT_INVALID`,
 * `MODEL_LOAD_FAILED` or `WARM_UP_FAILED`.
 */
export async function openPredictor(
  { predictor: url, modelDirectory: known, defaultAccept, batching, isTimed }: ModelSource,
  { modelDirectory: awaited, signal, log, onStage }: OpenOptions,
): Promise<OpenPredictor> {
  const definition: HookedDefinition = await importPredictor(url);
  // Before the model is loaded, which may take minutes.
  const areRepliesHooked = definition[hooked]?.ownsOutput === true;
  const mediaTypes = createMediaTypes(definition.codecs, { defaultAccept, areRepliesHooked });
  const modelDirectory = known ?? (await awaited) ?? '';
  onStage('loading the model');
  const predictor = await loadPredictor(definition, { modelDirectory, signal, log });
  const runInTrace = await loadRunInTrace();
  const predictInBatch = definition.predictBatch && createBatcher(predictor, { batching, log });
  const sessions = await createSessions(predictor, log);
  const adapters = await createAdapters(predictor, log);
  const options = { mediaTypes, isTimed, runInTrace, predictInBatch, sessions, adapters, log };
  const { invoke, chatSchema } = await addModes(predictor, createInvoker(predictor, options), options);
  const { predictBidirectional, bidirectionalPaths: paths = [] } = definition;
  const converse =
    predictBidirectional &&
    (await import('../predictor/converse.ts')).createConverse(predictor, { runInTrace, log });
  onStage("predicting the predictor's sample");
  await warmUp(predictor, invoke);
  return {
    invoke,
    converse,
    conversationTerms: predictBidirectional && {
      paths,
      isAlone: definition.chatCompletions === undefined && !answersInvocations(definition),
    },
    chat: definition.chatCompletions && { isAlone: !answersInvocations(definition) },
    describe: () => describePredictor(predictor, { chatSchema, log }),
    hasHealth: definition.health !== undefined,
    checkHealth: () => checkHealth(predictor),
    sessions: definition.sessions && resolveSessionTerms(definition.sessions),
    adapters,
    async unload() {
      await sessions?.closeAll();
      await adapters?.unloadAll();
      await unload(predictor, log);
    },
  };
}

/** Only a predictor that has adapters loads what they need. */
async function createAdapters(
  { definition, model }: LoadedPredictor,
  log: Log,
): Promise<AdapterStore | undefined> {
  const { adapters } = definition;
  if (adapters === undefined) return undefined;
  const { AdapterStore } = await import('../predictor/adapter-store.ts');
  return new AdapterStore(model, adapters, log);
}

/** Only a predictor that has sessions loads what they need. */
async function createSessions(predictor: LoadedPredictor, log: Log): Promise<SessionStore | undefined> {
  const { sessions } = predictor.definition;
  if (sessions === undefined) return undefined;
  const { SessionStore } = await import('../predictor/session-store.ts');
  return new SessionStore(predictor, sessions, log);
}

interface Modes {
  readonly invoke: Invoke;
  readonly chatSchema?: $ZodType | undefined;
}

/** What a predictor does beside predicting is loaded where it does it. */
async function addModes(predictor: LoadedPredictor, invoke: Invoke, options: InvokerOptions): Promise<Modes> {
  if (predictor.definition.chatCompletions === undefined) return { invoke };
  const { addChatCompletions, chatRequestSchema } = await import('../predictor/chat-invoker.ts');
  return { invoke: addChatCompletions(predictor, invoke, options), chatSchema: chatRequestSchema };
}

async function unload({ definition, model }: LoadedPredictor, log: Log): Promise<void> {
  try {
    await definition.unload?.(model);
  } catch (error) {
    log.error('unloading the model failed', { reason: describeThrown(error), stack: describeInFull(error) });
  }
}
