/** A conversation: one connection on which a client and a predictor send each other messages, as plain data that crosses threads. */

import type { ServeError, ServeErrorCode } from '../errors/errors.ts';
import type { RequestHead } from './invocation.ts';

/** Where the platform opens connections. Source: "Custom Inference Code with Hosting Services". */
export const bidirectionalPath = '/invocations-bidirectional-stream';

/** A whole message: text, or bytes. */
export type Message = string | Uint8Array;

/** A message on its way to the client, or a part of one. */
export interface Fragment {
  readonly data: Message;
  /** True for the last part of a message, and for one that is whole. */
  readonly isLast: boolean;
}

/** How the predictor ended a conversation: without an error when it had no more to say. */
export interface ConversationEnd {
  readonly error?: { readonly code: string; readonly message: string } | undefined;
  /** True when the client's messages had been ended for it because nobody said anything. */
  readonly isOfSilence?: boolean | undefined;
}

/** A conversation as the connection sees it, wherever the predictor runs. */
export interface Conversation {
  /** What the predictor says; throws when what runs it is lost. */
  readonly fragments: AsyncIterator<Fragment, ConversationEnd>;
  /** Hands a message of the client's over. What has not been taken yet is the caller's to bound. */
  receive(message: Message): void;
  /** Ends the client's messages, if the predictor has taken all and waits for another. */
  endSilence(): void;
  /** Tells the predictor that the conversation is to end soon: aborts its signal, and ends the client's messages. */
  warn(reason: ServeError): void;
  /** Nobody is there any more: aborts the signal, unless it was aborted before, and ends the predictor's generator. */
  leave(reason: ServeError): void;
}

/** What a conversation begins with. */
export interface ConversationStart {
  readonly request: RequestHead;
  /** Called when the predictor has taken messages of so much weight. */
  onTaken(weight: number): void;
}

/** What a predictor that converses has said of it. */
export interface ConversationTerms {
  /** Paths on which it takes connections, beside the platform's own. */
  readonly paths: readonly string[];
  /** True where it answers nothing else. */
  readonly isAlone: boolean;
}

/** What the server says to the one that runs the predictor, about one conversation. */
export type ToConversation =
  | { readonly kind: 'begin'; readonly request: RequestHead }
  | { readonly kind: 'message'; readonly data: Message }
  /** The client has taken fragments of so much weight. */
  | { readonly kind: 'taken'; readonly weight: number }
  /** Nobody has said anything since so many messages and fragments: does the predictor wait for its client? */
  | { readonly kind: 'silence'; readonly said: number }
  | { readonly kind: 'end-silence' }
  | { readonly kind: 'warn' | 'leave'; readonly code: ServeErrorCode; readonly reason: string };

/** And back. */
export type FromConversation =
  | ({ readonly kind: 'fragment' } & Fragment)
  /** The predictor has taken messages of so much weight. */
  | { readonly kind: 'taken'; readonly weight: number }
  /** It does; `said` is that of the question. */
  | { readonly kind: 'waiting'; readonly said: number }
  /** It has been told that nobody is there any more. */
  | { readonly kind: 'noticed' }
  /** The generator has ended: the last there is. */
  | { readonly kind: 'end'; readonly end: ConversationEnd };
