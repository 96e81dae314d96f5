/** One of the models of a server: it is loaded once, knows what is in flight, and is unloaded once. */

import { withFields } from '@optml/contract/log';
import { ServeError } from '../errors/errors.ts';
import { quoteName } from '../errors/quote-name.ts';
import { InFlight } from '../invocation/in-flight.ts';
import type { LoadModel, ModelHandle } from '../model/model-handle.ts';
import { createServedModel, type ServedModel, type ServedModelOptions } from '../model/served-model.ts';
import { findModelDirectory } from './find-model-directory.ts';

export interface NamedModelOptions extends Omit<ServedModelOptions, 'modelDirectory'> {
  readonly predictor: URL;
  readonly loadModel: LoadModel;
  readonly modelsDirectory: string;
  readonly loadMs: number;
  readonly unloadMs: number;
  /** Gives the reason why a load cannot begin now. */
  refuse(): ServeError | undefined;
}

/** What tells a model from the others. */
export type ModelIdentity = Pick<NamedModel, 'name' | 'url' | 'number'>;

const loggedCharacters = 100;

export class NamedModel {
  readonly name: string;
  readonly url: string;
  /** Grows from one model of a server to the next. */
  readonly number: number;
  /** Resolves when it is loaded; rejects with the ServeError that says why it is not, once nothing is left of it. */
  readonly loaded: Promise<void>;
  state: 'loading' | 'loaded' | 'unloading' = 'loading';

  readonly #options: NamedModelOptions;
  #served: ServedModel | undefined;
  #endReason: ServeError | undefined;
  readonly #inFlight = new InFlight();
  #unloading: Promise<void> | undefined;

  constructor({ name, url, number }: ModelIdentity, options: NamedModelOptions) {
    this.name = name;
    this.url = url;
    this.number = number;
    this.#options = options;
    this.loaded = this.#load();
  }

  /** True once its workers cannot be replaced: loading it again may help. */
  get hasFailed(): boolean {
    return this.#served?.lifecycle.state === 'failed';
  }

  /** True while it takes requests. */
  get isLoaded(): boolean {
    return this.state === 'loaded' && !this.hasFailed;
  }

  countWorkers() {
    return this.#served?.countWorkers() ?? { ready: 0, restarts: 0, lost: 0 };
  }

  countSessions(): number | undefined {
    return this.#served?.countSessions();
  }

  findChat() {
    return this.#served?.findChat();
  }

  /** @throws ServeError `MODEL_NOT_READY` */
  get(): ModelHandle {
    if (this.state === 'loading' || this.#served === undefined) {
      const advice = 'try again when its load has been answered';
      throw new ServeError('MODEL_NOT_READY', `the model ${quoteName(this.name)} is being loaded: ${advice}`);
    }
    if (this.hasFailed) {
      const advice = 'the log says why: load it again';
      throw new ServeError('MODEL_NOT_READY', `the model ${quoteName(this.name)} has failed: ${advice}`);
    }
    return this.#served.get();
  }

  /** Takes in that a request to it has come. */
  enter(): void {
    this.#inFlight.enter();
  }

  /** Takes in that the request has its answer. */
  leave(): void {
    this.#inFlight.leave();
  }

  /** Ends a load that has not ended; what waits for it gets the reason. */
  abort(reason: ServeError): void {
    if (this.state !== 'loading') return;
    this.#endReason ??= reason;
    this.#served?.lifecycle.startDraining(reason);
    void this.#served?.unload(reason);
  }

  /** Waits for what is in flight, then gives back what it holds; never rejects. */
  unload(waitMs = this.#options.unloadMs): Promise<void> {
    this.#unloading ??= this.#unload(waitMs);
    return this.#unloading;
  }

  async #load(): Promise<void> {
    const { predictor, loadModel, modelsDirectory, loadMs, refuse, log, ...options } = this.#options;
    const modelDirectory = await findModelDirectory(this.url, modelsDirectory);
    const refusal = this.#endReason ?? refuse();
    if (refusal !== undefined) throw this.#explain(refusal);
    const name = this.name.slice(0, loggedCharacters);
    const served = createServedModel(predictor, loadModel, {
      ...options,
      modelDirectory,
      log: withFields(log, { model: name }),
    });
    this.#served = served;
    const late = `it took longer than ${loadMs} ms: let load read less, or compute less`;
    const timer = setTimeout(() => this.abort(new ServeError('MODEL_LOAD_TIMEOUT', late)), loadMs);
    served.load();
    try {
      await served.lifecycle.ready;
      this.state = 'loaded';
    } catch (error) {
      await served.unload();
      throw this.#explain(this.#endReason ?? (error as ServeError));
    } finally {
      clearTimeout(timer);
    }
  }

  #explain(error: ServeError): ServeError {
    const message = `loading the model ${quoteName(this.name)} failed: ${error.message}`;
    return new ServeError(error.code, message, { cause: error.cause });
  }

  async #unload(waitMs: number): Promise<void> {
    const reason = `the model ${quoteName(this.name)} was unloaded while it was being loaded`;
    this.abort(new ServeError('MODEL_UNLOADED', reason));
    await this.loaded.catch(() => undefined);
    this.state = 'unloading';
    await this.#inFlight.waitUntilEmpty(waitMs);
    this.#served?.lifecycle.startDraining(
      new ServeError('MODEL_UNLOADED', `the model ${quoteName(this.name)} was unloaded`),
    );
    await this.#served?.unload();
  }
}
