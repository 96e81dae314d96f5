/** Errors of requests to AWS of every kind, and of the network: last, because the others say more. */

import type { PlatformError } from './platform-error.ts';

const errors: readonly PlatformError[] = [
  {
    id: 'value-of-hyperparameter',
    texts: [
      "at 'hyperParameters' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to <number>",
    ],
    cause: 'a hyperparameter is longer than the API takes (2,500 characters)',
    why: 'hyperparameters are texts of limited length, at most 100 of them',
    fix: 'put what is long into a file of a channel',
  },
  {
    id: 'parameter-type',
    texts: [
      'Parameter validation failed: Invalid type for parameter <name>',
      'Invalid type for parameter <name>, value: <...>, type: <...>, valid types:',
    ],
    cause: 'a parameter has another type than the API takes; nothing was sent',
    why: 'the SDK checks types first: hyperparameters are all texts, subnets and security groups are lists',
    fix: 'pass the type after "valid types"; turn numbers into text with str() or String()',
  },
  {
    id: 'parameter-missing',
    texts: [
      'Parameter validation failed: Missing required parameter in input',
      'Missing required parameter in input: <name>',
    ],
    cause: 'a parameter that the API needs is missing; nothing was sent',
    why: 'the SDK checks the shape of a request before it sends it',
    fix: 'add the parameter that the text names',
  },
  {
    id: 'parameter-unknown',
    texts: ['Unknown parameter in <place>: <name>, must be one of'],
    cause: 'the SDK does not know a parameter; nothing was sent',
    why: 'it is misspelt or stands at the wrong level, or the SDK is older than the parameter',
    fix: 'take one that the text lists, or update the SDK',
  },
  {
    id: 'name-pattern',
    texts: ['failed to satisfy constraint: Member must satisfy regular expression pattern: <...>'],
    cause: 'a value has a form that the API does not take',
    why: 'the text names the field after "at" and the pattern; most names take letters, digits and "-", and no "_"',
    fix: 'change the value to fit the pattern',
  },
  {
    id: 'value-not-in-set',
    texts: ['failed to satisfy constraint: Member must satisfy enum value set'],
    cause: 'a value is not one of those that the API takes',
    why: 'the text lists them; instance types differ between training, processing, transform and endpoints',
    fix: 'take one of the list',
  },
  {
    id: 'value-length-or-range',
    texts: [
      'failed to satisfy constraint: Member must have length <...> than or equal to <number>',
      'failed to satisfy constraint: Member must have value <...> than or equal to <number>',
      'failed to satisfy constraint: Member must not be null',
      'Invalid length for parameter <name>, value: <number>, valid min length: <number>',
      'Invalid length for parameter <name>, value: <number>, valid max length: <number>',
      "Invalid parameter at '<name>' failed to satisfy constraint",
    ],
    cause: 'a value is too long, too short, too large, too small or missing',
    why: 'the text names the field after "at" and the limit at its end',
    fix: 'change the value to fit the limit',
  },
  {
    id: 'limit-exceeded',
    texts: ['LimitExceededException'],
    cause: 'a quota of the service is reached',
    why: 'the text names what there are too many of',
    fix: 'delete what is not needed, or ask for more in Service Quotas',
  },
  {
    id: 'throttled',
    texts: [
      'ThrottlingException',
      'Rate exceeded<end>',
      'TooManyRequestsException',
      'RequestLimitExceeded',
      'SlowDown: Please reduce your request rate',
      '(SlowDown) when calling the <name> operation',
    ],
    cause: 'AWS throttles requests of this account',
    why: 'too many in a short time, for a serverless endpoint more at once than MaxConcurrency, or a loop that asks for a status all the time',
    fix: 'try again with growing pauses (retry mode "adaptive"), ask less often, or raise the quota',
  },
  {
    id: 'host-not-found',
    texts: [
      'getaddrinfo ENOTFOUND <name>',
      'getaddrinfo EAI_AGAIN <name>',
      'dial tcp: lookup <name>: no such host',
      'dial tcp: lookup <name> on <name>: no such host',
      'Temporary failure in name resolution<end>',
      'Name or service not known<end>',
      'Could not resolve host: <name>',
      'Inaccessible host: <name>',
      'nodename nor servname provided, or not known',
    ],
    cause: 'the name of the host cannot be resolved',
    why: 'it or the region in it is misspelt, the network is not there, or the subnet has no DNS',
    fix: 'check the region and the name; behind a proxy set HTTPS_PROXY; in a VPC turn on DNS support and add the endpoint',
  },
  {
    id: 'connection-refused',
    texts: [
      'connect ECONNREFUSED <address>',
      'dial tcp <address>: connect: connection refused',
      '[Errno 111] Connection refused',
    ],
    cause: 'nothing listens at that address and port',
    why: 'the server has not started, has ended, or listens elsewhere',
    fix: 'start it (optml serve prints its address), and check the port',
  },
  {
    id: 'connection-timed-out',
    texts: [
      'TLS handshake timeout<end>',
      'net/http: request canceled while waiting for connection',
      'Client.Timeout exceeded while awaiting headers',
      'connect ETIMEDOUT <address>',
      'dial tcp <address>: i/o timeout',
      'dial tcp: lookup <...>: i/o timeout',
    ],
    cause: 'the host does not answer in time',
    why: 'a firewall drops the packets, a proxy is needed, or the subnet has no way out',
    fix: 'set HTTPS_PROXY and NO_PROXY, or add a NAT gateway or VPC endpoints; "optml doctor" shows what can be reached',
  },
  {
    id: 'connection-reset',
    texts: [
      'write: connection reset by peer',
      'read: connection reset by peer',
      '[Errno 104] Connection reset by peer',
      'read ECONNRESET',
      'write: broken pipe',
      'socket hang up<end>',
    ],
    cause: 'the other side closed the connection while it was used',
    why: 'a proxy or the network cut it, or the server ended; Amazon ECR does it to a push into a repository that does not exist',
    fix: 'for a push, check that the repository exists in that region and account; else try again, with fewer uploads at once',
  },
  {
    id: 'endpoint-config-of-sdk',
    texts: ['Invalid endpoint: https://<name>'],
    cause: 'the SDK made an address of AWS that does not exist',
    why: 'the region has no such service, is misspelt, or is a zone (us-east-1a) in place of a region',
    fix: 'set the region, for example us-east-1',
  },
  {
    id: 'resource-missing',
    texts: ['operation: Requested resource not found<end>', 'operation: RecordNotFound<end>'],
    cause: 'what the request names does not exist in that account and region',
    why: 'the name or region is another, or it was deleted',
    fix: 'list what there is in that region, and correct the name',
  },
];

/** In the order in which they are looked for. */
export const requestErrors = { symptom: 'Requests to AWS, and the network', errors };
