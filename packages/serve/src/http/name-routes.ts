/** Names what a server answers, for those who asked for something else. */

import { chatPath } from '../chat-completions/chat-path.ts';
import { bidirectionalPath } from '../invocation/conversation.ts';
import type { ServedModel } from '../model/served-model.ts';

/** What gives a server of one model the routes below a path. */
const modes: readonly (readonly [path: string, advice: string])[] = [
  ['/adapters', 'define adapters in the predictor'],
  [chatPath, 'define chatCompletions in the predictor'],
  [bidirectionalPath, 'define predictBidirectional in the predictor'],
  ['/models', 'set SAGEMAKER_MULTI_MODEL=true, multiModel in code'],
  ['/metrics', 'set OPTML_METRICS=true, observe.metrics in code'],
  ['/v2', 'set OPTML_OPEN_INFERENCE_MODEL, openInference in code'],
];

/** Says what to do for a path without a route. */
export function adviseRoute(path: string, model: ServedModel, isOfModels: boolean): string {
  const use = `use ${nameRoutes(model, isOfModels)}`;
  const mode = modes.find(([owned]) => path === owned || path.startsWith(`${owned}/`));
  return mode === undefined || isOfModels ? use : `${mode[1]}, or ${use}`;
}

/** Names the routes for inference that are there, as far as the model is loaded. */
function nameRoutes({ lifecycle, get, findChat }: ServedModel, isOfModels: boolean): string {
  if (isOfModels) return 'POST /models/{name}/invoke';
  const terms = lifecycle.state === 'ready' ? get().conversationTerms : undefined;
  const names = [
    ...(terms?.isAlone === true ? [] : ['POST /invocations']),
    ...(findChat() === undefined ? [] : [`POST ${chatPath}`]),
    ...(terms === undefined
      ? []
      : [`a WebSocket connection to ${[bidirectionalPath, ...terms.paths].join(' or ')}`]),
  ];
  return names.join(', or ');
}
