/** Errors of endpoints: making them, and asking them. */

import type { PlatformError } from './platform-error.ts';

const errors: readonly PlatformError[] = [
  {
    id: 'ping-failed',
    texts: ['did not pass the ping health check'],
    cause: 'the container ran, and GET /ping on port 8080 did not answer 200 in time',
    why: 'it ended or never listened, listens on another port or on 127.0.0.1, takes longer than 2 s for an answer, or loads the model for longer than the start may take (8 minutes; 3 on serverless)',
    fix: 'read the log in /aws/sagemaker/Endpoints; try the image with optml serve and GET /ping; raise ContainerStartupHealthCheckTimeoutInSeconds for a model that loads slowly',
  },
  {
    id: 'serving-container-not-started',
    texts: [
      "CannotStartContainerError. Please <...> 'docker run <...> serve'",
      "starts correctly when invoked with 'docker run <...> serve'",
    ],
    cause: 'the container could not be started with the argument "serve"',
    why: 'there is no program for it: no entry point that takes "serve", a file that is not executable, or an image for another processor',
    fix: 'run "docker run --rm -p 8080:8080 IMAGE serve" yourself, or "optml images lint"; there is no log when nothing ran',
  },
  {
    id: 'container-not-started',
    texts: ['CannotStartContainerError'],
    cause: 'the platform could not start the container',
    why: 'no entry point for "train" or "serve", a file that is not executable, or an image for another processor',
    fix: 'run the image yourself with "train" or "serve" as the argument, or "optml images lint"',
  },
  {
    id: 'model-archive-not-extracted',
    texts: [
      'Failed to extract model data archive',
      'gzip: stdin: not in gzip format',
      'tar: This does not look like a tar archive',
      'Please ensure that the object located at the URL is a valid tar.gz archive',
    ],
    cause: 'model.tar.gz is not a gzip-compressed tar archive, or is damaged',
    why: 'a zip or a plain tar was renamed, the upload was cut, or it has links or names that lead out of it',
    fix: '"optml model inspect FILE" says what is wrong; make it with "optml model pack DIR"',
  },
  {
    id: 'model-download-failed',
    texts: [
      'Failed to download model data for',
      'failed to download model data',
      'Model download time out',
      'ModelDataDownloadTimeoutInSeconds',
    ],
    cause: 'the model archive could not be brought to the instance in time',
    why: 'it is very large, the role may not read it, or a VPC without an S3 endpoint cannot reach it',
    fix: 'raise ModelDataDownloadTimeoutInSeconds (up to 3600), check s3:GetObject and the VPC endpoint for S3, or leave the model uncompressed (ModelDataSource)',
  },
  {
    id: 'invocation-timed-out',
    texts: [
      'Your invocation timed out while waiting for a response from container',
      'ModelInvocationTimeExceeded',
    ],
    cause: 'the container did not answer an invocation within 60 s (8 minutes for a stream)',
    why: 'the prediction takes too long, the queue before it is too long, or all workers hang',
    fix: 'send less at once, add workers or instances, or use asynchronous inference (up to an hour); a longer time in the client does not help',
  },
  {
    id: 'no-response-from-container',
    texts: [
      'Amazon SageMaker could not get a response from the <name> endpoint',
      'could not get a response from the <...> endpoint. This can occur when CPU or memory utilization is high',
    ],
    cause: 'the container closed the connection or did not take it',
    why: 'a worker was killed or restarted, mostly for lack of memory, or the server closes idle connections sooner than the platform',
    fix: 'look for restarts in the log and at the memory metric; keep idle connections for longer than 60 s, as optml does',
  },
  {
    id: 'worker-died',
    texts: [
      "'message': 'Worker died.'",
      'Backend worker process died',
      'W-<number>-<name> Worker disconnected',
    ],
    cause: 'a worker process of the model server ended',
    why: 'loading the model failed, or the worker was killed for lack of memory',
    fix: 'read the traceback above the text; start fewer workers or take a larger instance',
  },
  {
    id: 'model-refused-type',
    texts: [
      'Received client error (415) from <name>',
      'Content type <name> is not supported by this framework',
    ],
    cause: 'the container does not read the Content-Type of the request',
    why: 'no ContentType was given (then application/octet-stream or JSON is sent), or the model reads another',
    fix: 'pass ContentType, for example text/csv; the answer of an optml container lists what it reads',
  },
  {
    id: 'model-refused-accept',
    texts: ['Received client error (406) from <name>'],
    cause: 'the container cannot answer in the type that Accept asks for',
    why: 'Accept, or the default of the endpoint, names a type that the model does not write',
    fix: 'pass an Accept that the answer lists, or none',
  },
  {
    id: 'model-refused-size',
    texts: [
      'Received client error (413) from <name>',
      "at 'body' failed to satisfy constraint: Member must have length less than or equal to <number>",
      'client intended to send too large body',
    ],
    cause: 'the request is larger than the endpoint or the server in it takes',
    why: 'a real-time request may have about 6 MB (serverless 4 MB), and servers such as nginx have lower limits of their own',
    fix: "send fewer rows or use asynchronous inference (up to 1 GB from S3); raise the server's own limit (MAX_CONTENT_LENGTH, client_max_body_size)",
  },
  {
    id: 'model-refused-request',
    texts: ['Received client error (<number>) from <name>'],
    cause: 'the container refused the request: it holds something that the model does not take',
    why: "the number is the container's own HTTP status, and the message after it is the container's",
    fix: 'read the message; try the same body with optml invoke on the container',
  },
  {
    id: 'model-failed',
    texts: ['Received server error (<number>) from <name>'],
    names: ['ModelError'],
    cause: 'the container failed while it worked on the request',
    why: "the number is the container's own HTTP status; the reason stands in its log at that time",
    fix: 'read the log in /aws/sagemaker/Endpoints; try the same body with optml invoke on the container',
  },
  {
    id: 'stream-broken',
    texts: ['ModelStreamError', 'StreamBroken'],
    cause: 'the answer broke off while it was streamed',
    why: 'the container ended or closed the connection, or took longer than 8 minutes',
    fix: "look for the end of a worker in the container's log, and send shorter requests",
  },
  {
    id: 'endpoint-missing',
    texts: [
      'Endpoint <name> of account <number> not found',
      "Could not find endpoint '<name>'",
      'Could not find endpoint configuration <name>',
      "Could not find model '<name>'",
      'Could not find <...>Endpoint',
    ],
    cause: 'there is no such endpoint, configuration or model in that account and region',
    why: 'the name or the region is another, it was deleted, or it is not made yet',
    fix: 'aws sagemaker list-endpoints --region REGION; make model, configuration and endpoint in this order',
  },
  {
    id: 'endpoint-being-changed',
    texts: [
      'Cannot update in-progress endpoint',
      'Cannot delete in-progress endpoint',
      'Cannot update endpoint <...>until it is InService',
    ],
    cause: 'the endpoint is being made or changed',
    why: 'one change has to end before the next begins',
    fix: 'aws sagemaker wait endpoint-in-service --endpoint-name NAME, then again',
  },
  {
    id: 'read-timeout-of-client',
    texts: ["Read timeout on endpoint URL: '<url>'", 'ReadTimeoutError: HTTPSConnectionPool(host=<name>'],
    cause: 'the client gave up waiting for the answer',
    why: 'the default of the AWS SDKs is 60 s or less, about as long as an invocation may take, and retries begin anew',
    fix: 'set the read timeout of the client to 70 s or more and the retries to 0; look at why the answer takes so long',
  },
  {
    id: 'multi-model-target',
    texts: [
      'TargetModel header is required',
      'Target model header is required for multi-model endpoint',
      'is not a multi-model endpoint',
      'inference component name header is required',
    ],
    cause: 'the request does not fit the kind of endpoint',
    why: 'a multi-model endpoint needs TargetModel, one with inference components InferenceComponentName, and others take neither',
    fix: 'pass the field, or leave it out, as the text says',
  },
  {
    id: 'model-not-ready',
    texts: ['ModelNotReadyException'],
    cause: 'the model is still being loaded',
    why: 'a multi-model or serverless endpoint loads a model at its first request',
    fix: 'try again after some seconds; keep models small, or serverless instances provisioned',
  },
  {
    id: 'serverless-memory',
    texts: ["at 'productionVariants.<...>memorySizeInMB' failed to satisfy constraint"],
    cause: 'the memory of a serverless endpoint is not one of its sizes',
    why: 'it goes from 1024 to 6144 MB in steps of 1024',
    fix: 'set MemorySizeInMB to 1024, 2048, 3072, 4096, 5120 or 6144',
  },
  {
    id: 'gunicorn-worker-timeout',
    texts: ['[CRITICAL] WORKER TIMEOUT (pid:<number>)'],
    cause: 'a gunicorn worker did not answer within its own timeout, and was killed',
    why: 'loading the model or a prediction takes longer than --timeout (30 s by default; 60 in the examples)',
    fix: 'raise --timeout, load the model before the workers take requests, or move to a server without that limit',
  },
  {
    id: 'nginx-upstream',
    texts: [
      'connect() to unix:/tmp/gunicorn.sock failed',
      'upstream prematurely closed connection while reading response header from upstream',
      'no live upstreams while connecting to upstream',
    ],
    cause: 'nginx runs in the container, and the server behind it does not',
    why: 'gunicorn ended, often at an import or for lack of memory, or has not started yet',
    fix: 'look for the traceback of gunicorn above the text; an optml container has no nginx and no second server',
  },
];

/** In the order in which they are looked for. */
export const endpointErrors = { symptom: 'An endpoint that fails, or refuses requests', errors };
