import { describe, expect, test } from 'vitest';
import { findExplanation } from './find-explanation.ts';

/** Public reports; `undefined` where the right answer is that the text is not known. */
const reports: readonly (readonly [id: string | undefined, source: string, text: string])[] = [
  [
    'model-refused-size',
    'aws/sagemaker-python-sdk#4271',
    'ValidationError: An error occurred (ValidationError) when calling the InvokeEndpoint operation: Request 8a1c has oversize body.',
  ],
  [
    'model-refused-size',
    'aws/amazon-sagemaker-examples#245',
    'ClientError: An error occurred (413) when calling the InvokeEndpoint operation: HTTP content length exceeded 5246976 bytes.',
  ],
  [
    'image-name-without-tag',
    'aws/amazon-sagemaker-examples#195',
    'An error occurred (ValidationException) when calling the CreateModel operation: ECR image "123456789012.dkr.ecr.us-west-2.amazonaws.com/decision-trees-sample" is invalid.',
  ],
  [
    'image-not-found',
    'aws-samples/easy-amazon-sagemaker-deployments#4',
    'ClientError:An error occurred (ValidationException) when calling the CreateModel operation: Requested image 123456789012.dkr.ecr.us-west-2.amazonaws.com/ezsmdeploy-image not found.',
  ],
  [
    'image-pull-denied-to-role',
    'aws/sagemaker-python-sdk#1835',
    'Error hosting endpoint x: Failed. Reason:  Please make sure all images included in the model for the production variant AllTraffic exist, and that the execution role used to create the model has permissions to access them..',
  ],
  [
    'endpoint-missing',
    'aws/sagemaker-python-sdk#2112',
    'ClientError: An error occurred (ValidationException) when calling the CreateEndpoint operation: Could not find model "arn:aws:sagemaker:us-east-1:111111111111:model/xgboost-neo".',
  ],
  [
    's3-object-missing',
    'awslabs/generative-ai-cdk-constructs#179',
    'Could not find model data at s3://jumpstart-cache/whisper-base/v1.0.1/. (Service: AmazonSageMaker; Status Code: 400; Error Code: ValidationException)',
  ],
  [
    'tag-immutable',
    'aws/containers-roadmap#862',
    "tag invalid: The image tag 'latest' already exists in the 'app_service_image' repository and cannot be overwritten because the repository is immutable.",
  ],
  [
    'image-too-large-for-lambda',
    'aws-samples/aws-genai-llm-chatbot#59',
    'Lambda function X reached terminal FAILED state due to InvalidImage(SizeLimitExceeded: Uncompressed container image size exceeds 10 GiB limit) and failed to stabilize',
  ],
  [
    'manifest-media-type-of-lambda',
    'serverless/serverless#12933',
    'Resource handler returned message: "The image manifest or layer media type for the source image 123456789012.dkr.ecr.eu-west-1.amazonaws.com/x@sha256:80966d80 is not supported. (Service: Lambda, Status Code: 400)"',
  ],
  [
    'layer-not-supported',
    'bazel-contrib/rules_oci#777',
    'InvalidImage: ImageLayerFailure: UnsupportedImageLayerDetected - Layer Digest sha256:eb0495635521',
  ],
  [
    'public-registry-login-old',
    'a report of docker build',
    'ERROR: failed to solve: public.ecr.aws/lambda/python:3.8: pulling from host public.ecr.aws failed with status code: 403 Forbidden',
  ],
  [
    'registry-answers-403',
    'aws/aws-toolkit-azure-devops#311',
    'error parsing HTTP 403 response body: unexpected end of JSON input: ""',
  ],
  [
    'connection-timed-out',
    'aws/aws-cdk#30591',
    'Post "https://123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/v2/x/blobs/uploads/": net/http: TLS handshake timeout',
  ],
  [
    'content-length-missing',
    'deepjavalibrary/djl-serving#2567',
    '2024-11-16T23:22:06.943:[sagemaker logs] [x] The response from container primary did not specify the required Content-Length header',
  ],
  [
    'transform-no-response',
    'aws/sagemaker-python-sdk#1951',
    '2020-10-14T04:53:51.549:[sagemaker logs]: bucket-name/v1_2020-10-13.csv: Unable to get response from algorithm',
  ],
  [
    'pipe-channel-timed-out',
    'aws/amazon-sagemaker-examples#1097',
    'InternalServerError: We encountered an internal error - Platform Error: SageMaker pipe channel timed out.',
  ],
  [
    'stream-broken',
    'aws/sagemaker-python-sdk#1119',
    'EventStreamError: An error occurred (ModelStreamError) when calling the InvokeEndpointWithResponseStream operation: Your model primary did not complete sending the inference response in the allotted time.',
  ],
  [
    'nccl-connection',
    'ultralytics/yolov5#12811',
    'torch.distributed.DistBackendError: NCCL error in: ../torch/csrc/distributed/c10d/ProcessGroupNCCL.cpp:1691, unhandled system error (run with NCCL_DEBUG=INFO for details), NCCL version 2.19.3',
  ],
  [
    'model-function-missing',
    'aws/sagemaker-pytorch-inference-toolkit#92',
    'NotImplementedError: Please provide a model_fn implementation.',
  ],
  [
    'server-message-too-large',
    'aws/sagemaker-python-sdk#1096',
    'io.netty.handler.codec.CorruptedFrameException: Message size exceed limit: 6572143',
  ],
  [
    'multi-model-target',
    'aws/sagemaker-tensorflow-serving-container#166',
    'ValidationError: An error occurred (ValidationError) when calling the InvokeEndpoint operation: Request 186633a1 is missing a target model header',
  ],
  [
    'model-refused-request',
    'shashankprasanna/torchserve-examples#3',
    'An error occurred (ModelError) when calling the InvokeEndpoint operation: Received client error (400) from model with message "{ "code": 400, "message": "Parameter model_name is required." }"',
  ],
  [
    'nginx-upstream',
    'aws/amazon-sagemaker-examples#1620',
    '2020/10/14 04:08:17 [crit] 10#10: *1 connect() to unix:/tmp/gunicorn.sock failed (2: No such file or directory) while connecting to upstream',
  ],
  [
    'container-argument-empty',
    'aws/sagemaker-python-sdk#3758',
    'ClientError: Failed to invoke sagemaker:CreateProcessingJob. Error Details: Found null or empty string in ContainerArguments at index 25.',
  ],
  [
    'parameter-unknown',
    'boto/boto3#3560',
    'Parameter validation failed:\nUnknown parameter in AlgorithmSpecification: "ContainerEntrypoint", must be one of: TrainingImage',
  ],
  [
    'value-length-or-range',
    'aws/sagemaker-python-sdk#1342',
    'Parameter validation failed:\nInvalid length for parameter AppSpecification.ContainerArguments, value: 0, valid min length: 1',
  ],
  [
    'checkpoint-being-uploaded',
    'aws/amazon-sagemaker-examples#1518',
    "FileNotFoundError: [Errno 2] No such file or directory: '/opt/ml/checkpoints/metadata.json.sagemaker-uploading'",
  ],
  [
    'gpu-not-available',
    'aws/amazon-sagemaker-examples#1340',
    'ERROR: for algo-1-sk9mf Cannot create container for service algo-1-sk9mf: Unknown runtime specified nvidia',
  ],
  [
    'docker-compose-missing',
    'aws/amazon-sagemaker-examples#1419',
    "ImportError: 'docker-compose' is not installed. Local Mode features will not work without docker-compose. For more information",
  ],
  [
    'layer-verification-failed',
    'aws/amazon-ecs-agent#385',
    'level=error msg="filesystem layer verification failed for digest sha256:af3cc4b92fa13ac0"',
  ],
  [
    'ecr-cross-account',
    'a report of Amazon ECS',
    "pull access denied for 123456789012.dkr.ecr.us-east-1.amazonaws.com/x, repository does not exist or may require 'docker login': denied: User: arn:aws:sts::1:assumed-role/r/i is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:us-east-1:1:repository/x because no resource-based policy allows the ecr:BatchGetImage action",
  ],
  [
    'ecr-pull-denied',
    'a report of docker pull',
    "Error response from daemon: pull access denied for 123456789012.dkr.ecr.us-east-1.amazonaws.com/x, repository does not exist or may require 'docker login'",
  ],
  [
    'signature-for-another-region',
    'a report of the AWS CLI',
    "An error occurred (SignatureDoesNotMatch) when calling the GetCallerIdentity operation: Credential should be scoped to a valid region, not 'us-east-1'.",
  ],
  [undefined, 'aws/sagemaker-python-sdk#454', 'aws_logging.cc:60] Curl returned error code 55'],
  [
    undefined,
    'distribution/distribution#2146',
    'unsupported: Unsupported manifest type: "application/vnd.docker.distribution.manifest.v2+json"',
  ],
  [
    undefined,
    'podman-container-tools/buildah#2234',
    'Error writing blob: Error determining upload URL: http: no Location header in response',
  ],
  [
    undefined,
    'bazelbuild/rules_docker#298',
    'None of the provided layer digests match the calculated layer digest: None',
  ],
  [
    undefined,
    'aws/sagemaker-tensorflow-extensions#27',
    'PipeModeDatasetException: PipeModeDataset must be used with SageMaker Pipe Mode, not File Mode.',
  ],
];

/** The words of known texts, from another program or about another thing. */
const nearMisses = [
  'Image size 6291456 is greater than supported size 5242880',
  'ClientError: image manifest for the source image logo.png is not supported by this viewer',
  'HTTP content length exceeded the value of the header',
  'ECR image scan findings: base image is invalid for the policy "no-latest"',
  'Target group health check: the instance did not pass the ping health check on port 80',
  'CannotStartContainerError: Error response from daemon: failed to create task for container: mount /efs: permission',
  'exec format error handler registered for qemu-aarch64',
  'mkfs: No space left on device label field, choose a shorter name',
  'libc: Cannot allocate memory region for the DMA of device 3',
  'connect ECONNREFUSED is one of the codes that the client retries',
  'sequelize: Could not find model "user" in the registry',
  "openapi: Could not find endpoint '/users' in the document",
  'ThrottlingException is handled by the retry middleware since version 2',
  'Slack: Token has expired and refresh failed for workspace T012',
  'SignatureDoesNotMatch was removed from the list of codes',
  'nginx: PermanentRedirect rule added for /old',
  'NoSuchKey: redis key session:1 is not in the cache',
  'i18n: The specified key does not exist in translations.json',
  'GraphQL: unauthorized: authentication required for query "me"',
  "ActiveRecord::RecordNotFound: Couldn't find User with 'id'=3",
  '"State": { "Status": "exited", "OOMKilled": false, "Error": "" }',
  'aws: error: unrecognized arguments: --no-cli-pagr',
  'OutOfMemoryError: Container killed due to memory usage',
  'ECR image scan is invalid for findings older than a year',
  'Lambda: Task timed out after 3.00 seconds',
  'gcloud: Unable to locate credentials file application_default_credentials.json',
  'the TLS handshake timeout is set to 10 s',
  'the device arn:aws:iam::123456789012:mfa/jane is disabled',
  "jwks: Invalid keyId 'abc' in the token",
  'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed',
  'Back-off pulling image "foo:1" ImagePullBackOff',
  'docker load: archive/tar: invalid tar header',
  'NCCL version 2.19.3 initialised, unhandled system errors: 0',
  "ValidationException: Value 0 at 'ModelDataDownloadTimeoutInSeconds' is below 60",
] as const;

describe('findExplanation', () => {
  test.each(['/', "exec: '", 'arn:', '.:/'])('reads a log that repeats "%s" and little else', (piece) => {
    const log = piece.repeat(100_000 / piece.length);

    expect(findExplanation(`${log}\nAlgorithmError: Exit Code: 137`)?.id).toBe('exit-code-137');
  });

  test.each(reports)('finds %s in a report (%s)', (id, _, text) => {
    expect(findExplanation(text)?.id).toBe(id);
  });

  test.each([
    ['train-or-serve-missing', 'exec: train: executable file not found in /usr/local/bin:/usr/bin'],
    ['opt-ml-not-writable', 'PermissionError: [Errno 13] Permission denied: /opt/ml/model/model.pkl'],
    [
      'repository-missing',
      'The repository with name iris does not exist in the registry with id 123456789012',
    ],
    ['service-limit', 'The account-level service limit ml.g5.xlarge for endpoint usage is 0 Instances'],
  ])('finds %s in what a shell has left of a text', (id, text) => {
    expect(findExplanation(text)?.id).toBe(id);
  });

  test.each(nearMisses)('does not guess at "%s"', (text) => {
    expect(findExplanation(text)?.id).toBeUndefined();
  });

  test.each([
    'Unsupported manifest media type',
    'did not pass the ping health check',
    'CannotStartContainerError',
  ])('finds "%s" where nothing else is said', (text) => {
    expect(findExplanation(text)).toBeDefined();
  });
});
