/** The objects that clients put instances into. */

/** `{"instances": X}` is SageMaker's own convention, `{"inputs": X}` that of TensorFlow Serving and Hugging Face. */
export const wrappers = ['instances', 'inputs'];

/** True for an object with exactly this key. */
export function isWrapper<Key extends string>(
  value: unknown,
  key: Key,
): value is Readonly<Record<Key, unknown>> {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return false;
  return Object.keys(value).length === 1;
}
