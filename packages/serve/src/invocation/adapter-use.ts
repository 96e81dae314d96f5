/** Adapters as plain data that crosses threads. */

/** By its name in lower case, as Node gives it. Source: aws/model-hosting-container-standards, `lora/constants.py`. */
export const adapterHeader = 'x-amzn-sagemaker-adapter-identifier';

/** What else a client may call the adapter. */
export const adapterAliasHeader = 'x-amzn-sagemaker-adapter-alias';

/** What a worker is to load. */
export interface AdapterSource {
  readonly name: string;
  /** Absolute path of a file or a folder. */
  readonly source: string;
  readonly isPinned: boolean;
}
