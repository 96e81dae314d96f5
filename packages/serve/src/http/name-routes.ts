/** Names what a server answers, for those who asked for something else. */

import { chatPath } from '../chat-completions/chat-path.ts';
import { bidirectionalPath } from '../invocation/conversation.ts';
import type { ServedModel } from '../model/served-model.ts';

/** Names the routes for inference that are there, as far as the model is loaded. */
export function nameRoutes({ lifecycle, get, findChat }: ServedModel, isOfModels: boolean): string {
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
