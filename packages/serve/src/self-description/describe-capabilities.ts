/** Which of SageMaker's optional hosting modes a predictor can be served in, as labels of its image. */

import { answersInvocations, type PredictorDefinition } from '../predictor/define-predictor.ts';
import { importPredictor } from '../predictor/load-predictor.ts';

const prefix = 'com.amazonaws.sagemaker.capabilities.';

/**
 * SageMaker believes the label: it sends what the label promises, and refuses the mode without it. A mode is
 * listed here in the change that makes the server answer its routes.
 */
const hasMode: Readonly<Record<string, (definition: PredictorDefinition) => boolean>> = {
  // The server listens on the port that it is told, whatever it predicts.
  'accept-bind-to-port': () => true,
  'bidirectional-streaming': ({ predictBidirectional }) => predictBidirectional !== undefined,
  // Every predictor loads the model of the folder that it is given, in a worker of its own.
  'multi-models': (definition) => answersInvocations(definition) || definition.chatCompletions !== undefined,
};

/**
 * Gives the labels that the image of the predictor in a module must have, and no others of the kind: `"true"` by
 * name, such as `com.amazonaws.sagemaker.capabilities.accept-bind-to-port`. A mode that the predictor cannot be served in
 * has no label. Importing the module runs its top level.
 *
 * Source: "Build Your Own Container for SageMaker AI Multi-Model Endpoints" and "Use your own inference code with
 * hosting services" of the SageMaker developer guide.
 *
 * @throws ServeError `PREDICTOR_NOT_FOUND`, `PREDICTOR_IMPORT_FAILED` or `PREDICTOR_INVALID`.
 *
 * @example
 * ```ts
 * import { describeCapabilities } from '@optml/serve';
 *
 * const labels = await describeCapabilities(new URL('./predictor.js', import.meta.url));
 * const options = Object.entries(labels).map(([name, value]) => `--label=${name}=${value}`);
 * ```
 */
export async function describeCapabilities(predictor: URL): Promise<Readonly<Record<string, 'true'>>> {
  const definition = await importPredictor(predictor.href);
  const names = Object.keys(hasMode).filter((name) => hasMode[name]?.(definition));
  return Object.fromEntries(names.map((name) => [`${prefix}${name}`, 'true' as const]));
}
