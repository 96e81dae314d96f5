import { describe, expect, test } from 'vitest';
import { runOptml } from '../../test/run-optml.ts';
import { findExplanation } from '../explain/find-explanation.ts';
import { platformErrorTables } from '../explain/platform-errors.ts';

const role = 'arn:aws:sts::123456789012:assumed-role/Data-Science/jane';
const image = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/churn:1.4';

/** As people report them: whole, and with what stands around them. */
const reported: readonly (readonly [id: string, text: string])[] = [
  [
    'image-index',
    `ClientError: An error occurred (ValidationException) when calling the CreateModel operation: Unsupported manifest media type application/vnd.oci.image.index.v1+json for image ${image}. Ensure that valid media type is used for specified image.`,
  ],
  [
    'manifest-media-type',
    `Unsupported manifest media type application/vnd.oci.image.manifest.v1+json for image ${image}`,
  ],
  [
    'ping-failed',
    'UnexpectedStatusException: Error hosting endpoint churn-2024: Failed. Reason:  The primary container for production variant AllTraffic did not pass the ping health check. Please check CloudWatch logs for this endpoint..',
  ],
  ['exec-format-error', 'standard_init_linux.go:228: exec user process caused: exec format error'],
  ['exec-format-error', 'exec /usr/local/bin/serve: exec format error'],
  [
    'train-or-serve-missing',
    'docker: Error response from daemon: OCI runtime create failed: container_linux.go:380: starting container process caused: exec: "train": executable file not found in $PATH: unknown.',
  ],
  ['train-or-serve-missing', '[FATAL tini (8)] exec serve failed: No such file or directory'],
  ['program-not-executable', '[FATAL tini (7)] exec train failed: Permission denied'],
  [
    'program-not-executable',
    'runc create failed: unable to start container process: exec: "/opt/program/serve": permission denied: unknown',
  ],
  ['windows-line-ends', '/usr/bin/env: ‘python\\r’: No such file or directory'],
  ['interpreter-missing', 'exec /docker-entrypoint.sh: no such file or directory'],
  [
    'docker-credential-helper-missing',
    'error getting credentials - err: exec: "docker-credential-desktop": executable file not found in $PATH, out: ``',
  ],
  [
    'exit-code-137',
    'AlgorithmError: ExecuteUserScriptError: ExitCode 137 ErrorMessage "" Command "/opt/conda/bin/python train.py"',
  ],
  ['exit-code-137', 'algo-1-x7k2_1 exited with code 137'],
  ['exit-code-1', 'ValueError: Error training decision-trees: Failed Reason: AlgorithmError: Exit Code: 1'],
  ['exit-code-1', 'AlgorithmError: , exit code: 1'],
  ['exit-code-127', 'AlgorithmError: , exit code: 127'],
  ['exit-code-139', 'Training job failed: AlgorithmError: Exit Code: 139'],
  [
    'docker-build-step-failed',
    'ERROR: failed to solve: process "/bin/sh -c npm ci" did not complete successfully: exit code: 1',
  ],
  [
    'user-script-failed',
    'UnexpectedStatusException: Error for Training job pt-2020: Failed. Reason: AlgorithmError: ExecuteUserScriptError:\nCommand "/usr/bin/python3 train.py"\nTraceback (most recent call last):',
  ],
  [
    'disk-full',
    'UnexpectedStatusException: Error for Training job hf: Failed. Reason: ClientError: Artifact upload failed:Insufficient disk space',
  ],
  ['disk-full', 'OSError: [Errno 28] No space left on device'],
  [
    'memory-full',
    'ClientError: Please use an instance type with more memory, or reduce the size of training data processed on an instance.',
  ],
  [
    'service-limit',
    "ResourceLimitExceeded: An error occurred (ResourceLimitExceeded) when calling the CreateEndpoint operation: The account-level service limit 'ml.g5.xlarge for endpoint usage' is 0 Instances, with current utilization of 0 Instances and a request delta of 1 Instances. Please use AWS Service Quotas to request an increase for this quota.",
  ],
  [
    'capacity-missing',
    'CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.',
  ],
  [
    'pass-role-denied',
    `An error occurred (AccessDeniedException) when calling the CreateModel operation: User: ${role} is not authorized to perform: iam:PassRole on resource: arn:aws:iam::123456789012:role/exec because no identity-based policy allows the iam:PassRole action`,
  ],
  [
    'denied-explicitly',
    `User: ${role} is not authorized to perform: sagemaker:CreateEndpoint on resource: arn:aws:sagemaker:eu-west-1:123456789012:endpoint/x with an explicit deny in a service control policy`,
  ],
  [
    'action-denied',
    `An error occurred (AccessDeniedException) when calling the CreateTrainingJob operation: User: ${role} is not authorized to perform: sagemaker:CreateTrainingJob on resource: arn:aws:sagemaker:us-east-1:123456789012:training-job/x because no identity-based policy allows the sagemaker:CreateTrainingJob action`,
  ],
  ['action-denied', `User: ${role} is not authorized to perform: ec2:RunInstances on resource: *`],
  [
    'ecr-denied',
    `denied: User: ${role} is not authorized to perform: ecr:InitiateLayerUpload on resource: arn:aws:ecr:us-west-2:123456789012:repository/nb`,
  ],
  [
    'ecr-cross-account',
    `${role} is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:me-central-1:272398656194:repository/forecasting-deepar because no resource-based policy allows the ecr:BatchGetImage action`,
  ],
  [
    'role-not-assumable',
    "An error occurred (ValidationException) when calling the CreateTrainingJob operation: Could not assume role arn:aws:iam::123456789012:role/exec. Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com' to assume the role.",
  ],
  [
    'model-data-not-accessible',
    'Could not access model data at s3://b/model.tar.gz. Please ensure that the role "arn:aws:iam::123456789012:role/r" exists and that its trust relationship policy allows the action "sts:AssumeRole" for the service principal "sagemaker.amazonaws.com".',
  ],
  [
    'image-pull-denied-to-role',
    `The role 'arn:aws:iam::123456789012:role/exec' does not have BatchGetImage permission for the image: '${image}'.`,
  ],
  [
    'image-pull-denied-to-role',
    'An error occurred (ValidationException) when calling the CreateTrainingJob operation: Access denied for repository: sagemaker-spark-processing in registry ID: 314815235551.',
  ],
  [
    'image-not-found',
    'Failed. Reason: ClientError: API error (404): manifest for 757901089955.dkr.ecr.us-west-2.amazonaws.com/p:1 not found: manifest unknown: Requested image not found',
  ],
  [
    'repository-missing',
    "name unknown: The repository with name 'iris' does not exist in the registry with id '123456789012'",
  ],
  ['no-basic-auth-credentials', 'Error response from daemon: no basic auth credentials'],
  [
    'docker-push-denied-login-expired',
    'denied: Your authorization token has expired. Reauthenticate and try again.',
  ],
  [
    'docker-hub-rate-limit',
    'toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating',
  ],
  ['ecr-rate-exceeded', 'toomanyrequests: Rate exceeded'],
  [
    'credentials-expired',
    'An error occurred (ExpiredTokenException) when calling the GetAuthorizationToken operation: The security token included in the request is expired',
  ],
  [
    'sso-session-expired',
    'CredentialsProviderError: Token is expired. To refresh this SSO session run `aws sso login` with the corresponding profile.',
  ],
  [
    'clock-wrong',
    'SignatureDoesNotMatch: Signature expired: 20240101T000000Z is now earlier than 20240101T005500Z (20240101T010000Z - 5 min.)',
  ],
  [
    'secret-wrong',
    'SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  ],
  [
    's3-listing-denied-or-empty',
    'No S3 objects found under S3 URL "s3://b/train/" given in input data source. Please ensure that the bucket exists in the selected region (us-west-2), that objects exist under that S3 prefix',
  ],
  [
    's3-denied',
    'ClientError: Data download failed:Unable to download object s3://b/k (AccessDenied: Access Denied)',
  ],
  [
    's3-double-slash',
    "ClientError: Data download failed:Failed to download data. S3 key: s3://b/shared//x/requirements.txt has an illegal char sub-sequence '//' in it",
  ],
  [
    'model-archive-not-extracted',
    'Failed to extract model data archive for container "primary" from URL "s3://b/model.tar.gz". Please ensure that the object located at the URL is a valid tar.gz archive.',
  ],
  [
    'invocation-timed-out',
    'ModelError: An error occurred (ModelError) when calling the InvokeEndpoint operation: Received server error (0) from primary with message "Your invocation timed out while waiting for a response from container primary. Review the latency metrics"',
  ],
  [
    'no-response-from-container',
    'Received server error (0) from model with message "Amazon SageMaker could not get a response from the churn endpoint. This can occur when CPU or memory utilization is high."',
  ],
  [
    'model-refused-size',
    'Received client error (413) from primary with message "<html><head><title>413 Request Entity Too Large</title></head>"',
  ],
  [
    'model-refused-request',
    'An error occurred (ModelError) when calling the InvokeEndpoint operation: Received client error (400) from model with message "Unable to evaluate payload provided".',
  ],
  [
    'name-pattern',
    "2 validation errors detected: Value 'my_model' at 'modelName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9](-*[a-zA-Z0-9])*",
  ],
  ['image-too-large-for-serverless', 'Image size 11273342523 is greater than supported size 10737418240'],
  [
    'serving-container-not-started',
    "CannotStartContainerError. Please ensure the model container for variant comfyui-sample starts correctly when invoked with 'docker run <image> serve'",
  ],
  [
    'read-timeout-of-client',
    'ReadTimeoutError: Read timeout on endpoint URL: "https://runtime.sagemaker.us-east-1.amazonaws.com/endpoints/my_endpoint/invocations"',
  ],
  ['file-watchers-used-up', 'Error: ENOSPC: System limit for number of file watchers reached, watch'],
  [
    'training-container-not-started',
    "AlgorithmError: CannotStartContainerError. Please make sure the container can be run with 'docker run <image> train'. Please refer SageMaker documentation for details. exit code: 127",
  ],
  [
    'serverless-start-too-slow',
    'Failed. Reason: Unable to successfully stand up your model within the allotted 180 second timeout. Please ensure that downloading your model artifacts can be completed within 180 seconds.',
  ],
  ['worker-died', 'Received server error (500) from model with message "Worker died."'],
  ['windows-line-ends', '/usr/bin/env: bash\\r: No such file or directory'],
  [
    'shared-library-missing',
    'ImportError: libGL.so.1: cannot open shared object file: No such file or directory',
  ],
  [
    'transform-job-failed',
    'UnexpectedStatusException: Error for Transform job x: Failed. Reason: AlgorithmError: See job logs for more information',
  ],
  [
    'local-mode-container-failed',
    "RuntimeError: Failed to run: ['docker-compose', '-f', '/tmp/t/docker-compose.yaml', 'up', '--build', '--abort-on-container-exit'], Process exited with code: 1",
  ],
  ['toolkit-variable-missing', "KeyError: 'SM_MODEL_DIR'"],
  ['channel-folder-missing', "KeyError: 'SM_CHANNEL_TRAIN'"],
  ['exit-code-139', 'bash: line 1: 7 Segmentation fault (core dumped) python train.py'],
  ['container-not-started', 'CannotStartContainerError'],
  ['algorithm-error', 'AlgorithmError'],
  ['service-limit', 'ResourceLimitExceeded'],
];

/** The words of known texts, and another cause. */
const nearMisses = [
  'The primary container for production variant AllTraffic passed the ping health check.',
  'Manifest media type application/vnd.oci.image.index.v1+json is supported for image x since today',
  'there is no exec format error any more since the image is built for amd64',
  'The training took 137 seconds and 1 exit code was written',
  'status code: 137',
  'Exit Code: 1370',
  'make: *** [Makefile:4: test] Error 1',
  "subprocess.CalledProcessError: Command '['docker', 'push', 'x']' returned non-zero exit status 1.",
  'npm ERR! code ELIFECYCLE npm ERR! errno 1',
  'class AlgorithmErrorHandler is not defined',
  'CapacityErrorBudget alarm is in state OK',
  'warning: there is little space left on device /dev/nvme1n1',
  'libgomp.so.1: cannot allocate memory in static TLS block',
  'Resource limits of the pod exceeded what the quota "team-a" allows: requested memory 4Gi',
  'The role defined for the function cannot be assumed by Lambda.',
  'permission denied (publickey)',
  "ReadTimeoutError: HTTPSConnectionPool(host='pypi.org', port=443): Read timed out.",
  'OCI runtime exec failed: exec failed: unable to start container process: exec: "bash": executable file not found in $PATH',
  'qemu: uncaught target signal 11',
  "KeyError: 'SMALL_VALUE'",
  'Unable to locate package python3-sm',
  'The worker died down after the audit',
  'error: failed to push some refs to origin: permission denied',
  'EACCES: permission denied, mkdir /usr/local/lib/node_modules',
  "ENOENT: no such file or directory, open '/home/jane/train.csv'",
  'open /etc/docker/daemon.json: no such file or directory',
  'java.lang.OutOfMemoryError: unable to create new native thread',
  'Request Entity Too Large',
  'Received a client certificate from primary',
  'certificate verify failed: Hostname mismatch, certificate is not valid for proxy.example.com',
  'The user is authorized to perform iam:PassRole',
  'Parameter validation took 3 ms',
  'Model server started. Worker died down to idle speed',
  'Your authorization token is valid for 12 hours',
  'ValidationException: the endpoint is fine and the token has not expired',
] as const;

describe('explain', () => {
  test.each(reported)('finds %s by what a report says', (id, text) => {
    expect(findExplanation(text)?.id).toBe(id);
  });

  test.each(nearMisses)('does not know "%s"', (text) => {
    expect(findExplanation(text)?.id).toBeUndefined();
  });

  test('finds every text of the tables as its own entry, in any case and with any words in its gaps', () => {
    const samples: Readonly<Record<string, string>> = {
      '...': 'some words',
      number: '12',
      account: '123456789012',
      address: '127.0.0.1:80',
      path: '/a/b',
      arn: 'arn:aws:iam::1:role/x',
      key: 'arn:aws:kms:eu-west-1:1:key/x',
      end: '',
    };
    const wrong = platformErrorTables
      .flatMap(({ errors }) => errors)
      .flatMap(({ id, texts, names = [] }) =>
        [...texts, ...names].map((known) => ({
          id,
          text: known.replace(/<(\w+|\.\.\.)>/g, (_, name: string) => samples[name] ?? 'word').toUpperCase(),
        })),
      )
      .filter(
        ({ id, text }) => findExplanation(`x ${text}: y`)?.id !== id && findExplanation(text)?.id !== id,
      );

    expect(wrong).toEqual([]);
  });

  test('no two entries have the same id or the same text', () => {
    const all = platformErrorTables.flatMap(({ errors }) => errors);
    const ids = all.map(({ id }) => id);
    const texts = all.flatMap((error) => error.texts);

    expect(ids).toEqual([...new Set(ids)]);
    expect(texts).toEqual([...new Set(texts)]);
  });
});

describe('optml explain', () => {
  test('prints cause, why and fix of a text, also from stdin and as JSON', async () => {
    const text = 'docker: no basic auth credentials\n';

    const typed = await runOptml(['explain', 'no', 'basic', 'auth', 'credentials']);
    const piped = await runOptml(['explain'], { stdin: text });
    const json = await runOptml(['explain', '--json', text]);

    expect(typed).toMatchObject({ code: 0, err: '' });
    expect(typed.out).toMatch(/^no-basic-auth-credentials\n {2}cause: .+\n {2}why: .+\n {2}fix: .+\n$/);
    expect(piped.out).toBe(typed.out);
    expect(JSON.parse(json.out)).toMatchObject({
      ok: true,
      data: {
        error: { id: 'no-basic-auth-credentials', cause: expect.any(String), fix: expect.any(String) },
      },
    });
  });

  test('prints the rows of a code that several packages have', async () => {
    const { code, out } = await runOptml(['explain', 'training_failed']);

    expect(code).toBe(0);
    expect(out).toMatch(
      /^TRAINING_FAILED \(@optml\/train\)\n {2}meaning: .+\n {2}fix: .+\n\nTRAINING_FAILED \(optml\)\n/,
    );
  });

  test('says of a text and of a code that they are not known, with the nearest', async () => {
    const text = await runOptml(['explain', '--json', 'the ping health check of the container passed']);
    const code = await runOptml(['explain', 'TAG_IMUTABLE']);
    const nothing = await runOptml(['explain'], { stdin: ' \n' });

    expect(text.code).toBe(1);
    expect(JSON.parse(text.out).error).toMatchObject({
      code: 'EXPLANATION_UNKNOWN',
      nearest: [{ id: 'ping-failed' }],
    });
    expect(code.err).toMatch(
      /^optml: not known: "TAG_IMUTABLE" \(did you mean "TAG_IMMUTABLE"\?\); give the whole text/,
    );
    expect(nothing).toMatchObject({ code: 2, err: expect.stringContaining('there is nothing to explain') });
  });
});
