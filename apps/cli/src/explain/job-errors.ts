/** Errors of training, processing and transform jobs, and of what they are given. */

import type { PlatformError } from './platform-error.ts';

const errors: readonly PlatformError[] = [
  {
    id: 's3-other-region',
    texts: [
      '(PermanentRedirect) when calling the <name> operation',
      'The bucket is in this region: <name>',
      'The bucket you are attempting to access must be addressed using the specified endpoint',
      'AuthorizationHeaderMalformed: <...> the region <name> is wrong; expecting <name>',
    ],
    cause: 'the bucket is in another region than the request',
    why: 'jobs and endpoints read buckets of their own region only',
    fix: 'run the job in the region of the bucket, or copy the data to a bucket in its region',
  },
  {
    id: 'data-file-and-folder',
    texts: [
      'a previously downloaded file/folder clashes with it',
      'ensure that there is no object that is both a folder as well as a file',
    ],
    cause: 'the prefix has an object that is a file and a folder at once',
    why: 'S3 allows the keys "a" and "a/b" beside each other, a disk does not; some consoles make empty "folder" objects',
    fix: 'delete or rename the object that stands in the text, or use Pipe mode',
  },
  {
    id: 's3-double-slash',
    texts: ["has an illegal char sub-sequence '//' in it"],
    cause: 'an S3 key has two slashes in a row',
    why: 'a prefix that ends in "/" was joined with another that begins with one',
    fix: 'remove the slash at the end of the prefix, and upload again under the clean key',
  },
  {
    id: 's3-object-missing',
    texts: [
      '(NoSuchKey) when calling the <name> operation',
      '(NoSuchBucket) when calling the <name> operation',
      'The specified key does not exist<end>',
      'The specified bucket does not exist<end>',
      '(404) when calling the HeadObject operation: Not Found',
      '(404) when calling the HeadObject operation: Key <...> does not exist',
      'Could not find model data at <url>',
      'Data download failed:<...>(404)',
    ],
    cause: 'there is no such object or bucket in S3',
    why: 'the path is misspelt, the job that should have written it failed, or the account or region is another',
    fix: 'aws s3 ls the very path; a training job puts its model at S3OutputPath/JOB/output/model.tar.gz',
  },
  {
    id: 's3-uri-invalid',
    texts: [
      'Invalid S3 URI<end>',
      'is not a valid S3 URI',
      'Parameter validation failed: Invalid bucket name',
      'failed to satisfy constraint: Member must satisfy regular expression pattern: ^(https|s3)://([^/]+)/?(.*)$',
    ],
    cause: 'a value that should be an S3 address is not one',
    why: 'it lacks "s3://", is a path of this machine, or a placeholder was left in it',
    fix: 'write it as s3://BUCKET/PREFIX',
  },
  {
    id: 'upload-denied',
    texts: [
      'Artifact upload failed:<...>AccessDenied',
      'Artifact upload failed:<...>Access Denied',
      'Artifact upload failed:Please ensure that the role',
    ],
    cause: 'the model could not be written to S3',
    why: 'the execution role lacks s3:PutObject on the output path, or the KMS key of the output',
    fix: 'allow s3:PutObject on S3OutputPath to the role (and kms:GenerateDataKey for an encrypted output)',
  },
  {
    id: 'capacity-missing',
    texts: [
      'Unable to provision requested ML compute capacity',
      'InsufficientInstanceCapacity',
      'Insufficient capacity error from EC2 while launching instances',
    ],
    names: ['CapacityError'],
    cause: 'AWS has no free instance of that type there at the moment',
    why: 'it is about capacity, not about your quota',
    fix: 'try again later, take another instance type or region, or name more subnets in other zones',
  },
  {
    id: 'zones-without-instance',
    texts: [
      'Unable to locate at least <number> availability zone(s) with the requested instance type <name> that overlap with SageMaker subnets',
      'is not supported in your requested Availability Zone',
    ],
    cause: 'the instance type is not offered in enough zones of the subnets',
    why: 'not every zone has every type',
    fix: 'take another type, or subnets in the zones that have it',
  },
  {
    id: 'service-limit',
    texts: [
      "The account-level service limit '<...>' is <number>",
      '(ResourceLimitExceeded) when calling the <name> operation',
    ],
    names: ['ResourceLimitExceeded'],
    cause: 'a quota of the account in that region is reached',
    why: 'the text names the quota, its value and its use; new accounts have 0 of many instance types, and each use (training, endpoint, spot) has its own',
    fix: 'delete what runs (endpoints, notebooks), or ask for more in Service Quotas under exactly the name in the text; or take a type that has a quota',
  },
  {
    id: 'runtime-exceeded',
    texts: [
      'MaxRuntimeExceeded',
      'Training job runtime exceeded MaxRuntimeInSeconds',
      'runtime exceeded MaxRuntimeInSeconds provided',
    ],
    cause: 'the job ran longer than MaxRuntimeInSeconds, and was stopped',
    why: 'the default is one day; the model as it was 120 s after SIGTERM is kept',
    fix: 'raise StoppingCondition.MaxRuntimeInSeconds, save checkpoints, or train for a shorter time',
  },
  {
    id: 'wait-time-exceeded',
    texts: ['MaxWaitTimeExceeded'],
    cause: 'a spot job waited and ran longer than MaxWaitTimeInSeconds',
    why: 'spot capacity did not come, or was taken back too often',
    fix: 'raise MaxWaitTimeInSeconds, save checkpoints so that it goes on, or train without spot',
  },
  {
    id: 'built-in-algorithm-input',
    texts: ['ClientError: Unable to initialize the algorithm. Failed to validate'],
    cause:
      "one of AWS's built-in algorithms refuses its hyperparameters or channels; the container is not yours",
    why: 'a name or value is not one that the algorithm has, or a channel has another content type or name than it takes',
    fix: "compare the text after 'Caused by' with the page of that algorithm in the developer guide",
  },
  {
    id: 'local-mode-container-failed',
    texts: [
      "Failed to run: ['docker-compose'<...> Process exited with code: <number>",
      "Failed to run: ['docker', 'compose'<...> Process exited with code: <number>",
    ],
    cause: "the container that SageMaker's local mode started ended with that exit code",
    why: 'the text is of docker compose; the reason stands above it, in lines that begin with algo-1',
    fix: 'read these lines; run the same image with "docker run --rm IMAGE train", or the project with optml train',
  },
  {
    id: 'user-script-failed',
    texts: [
      'AlgorithmError: ExecuteUserScriptError',
      'AlgorithmError: framework error',
      'ExecuteUserScriptError: <...>Command',
    ],
    cause: "the training script failed under SageMaker's training toolkit",
    why: 'the text after "ErrorMessage" is the end of its traceback, cut at 1,024 characters; the whole stands in the log',
    fix: 'read the log in /aws/sagemaker/TrainingJobs up from its end to the first traceback',
  },
  {
    id: 'job-name-taken',
    texts: [
      'Training job names must be unique within an AWS account',
      'Job name must be unique within an AWS account',
      'Processing job already exists: <arn>',
      'Cannot create already existing <...>',
    ],
    cause: 'the name is used already, by something that may be finished or deleted',
    why: 'names of jobs stay taken for good; models, configurations and endpoints until they are deleted',
    fix: 'add a time stamp to the name, or delete the old model, configuration or endpoint',
  },
  {
    id: 'subnet-or-group-missing',
    texts: [
      "The subnet ID '<name>' does not exist",
      "The security group '<name>' does not exist",
      'InvalidSubnetID.NotFound',
      'InvalidGroup.NotFound',
    ],
    cause: 'the VpcConfig names a subnet or security group that does not exist',
    why: 'it belongs to another region or account, or was deleted',
    fix: 'correct VpcConfig; both have to be in the region of the job and in one VPC',
  },
  {
    id: 'subnet-addresses-used-up',
    texts: [
      'InsufficientFreeAddressesInSubnet',
      'does not have enough free addresses to satisfy the request',
      'Insufficient free addresses in subnet',
    ],
    cause: 'the subnet has no free addresses left',
    why: 'each instance takes some of them',
    fix: 'name a larger subnet or several',
  },
  {
    id: 'service-unreachable-from-vpc',
    texts: [
      "ConnectTimeoutError: Connect timeout on endpoint URL: '<url>'",
      "Connect timeout on endpoint URL: '<url>'",
      "Could not connect to the endpoint URL: '<url>'",
    ],
    cause: 'the AWS endpoint does not answer from there',
    why: 'a subnet without a NAT gateway or VPC endpoint, network isolation, a proxy or firewall, or a region in the address that does not exist',
    fix: 'in a VPC add endpoints for s3, ecr.api, ecr.dkr, sagemaker.api, sagemaker.runtime, sts and logs; with network isolation make no calls; else check region and proxy',
  },
  {
    id: 'transform-http-status-413',
    texts: ['Bad HTTP status received from algorithm: 413', 'Bad HTTP status returned from invoke: 413'],
    cause: 'the container refuses a batch as too large',
    why: "MaxPayloadInMB is above the server's own limit",
    fix: 'raise the limit of the server (MAX_CONTENT_LENGTH), or lower MaxPayloadInMB; split by line with SplitType',
  },
  {
    id: 'transform-http-status',
    texts: [
      'Bad HTTP status received from algorithm: <number>',
      'Bad HTTP status returned from invoke: <number>',
    ],
    cause: 'the container answered a batch with an error',
    why: 'the number is its HTTP status: 4xx is about the data or its content type, 5xx about the code',
    fix: 'send one input file to optml invoke with the same content type, and read the answer',
  },
  {
    id: 'transform-no-response',
    texts: ['Unable to get response from algorithm'],
    cause: 'the container gave no answer to a request of the transform job',
    why: 'it took longer than InvocationsTimeoutInSeconds, was killed for lack of memory, or closed the connection',
    fix: 'send less at once (SplitType, MaxPayloadInMB, MaxConcurrentTransforms), raise InvocationsTimeoutInSeconds of ModelClientConfig, or take more memory',
  },
  {
    id: 'pipe-channel-timed-out',
    texts: ['SageMaker pipe channel timed out'],
    cause: 'a channel in Pipe mode was opened and then not read for about an hour',
    why: 'the platform closes a pipe that nobody reads: the code opens all channels at the start, or works on one for long',
    fix: 'open a pipe only when it is read, and read it to its end; or use FastFile mode',
  },
  {
    id: 'container-argument-empty',
    texts: [
      'Found null or empty string in ContainerArguments at index <number>',
      'Found null or empty string in ContainerEntrypoint at index <number>',
    ],
    cause: 'an argument of the container is an empty text, which the API does not take',
    why: 'a parameter of a script or of a pipeline had no value',
    fix: 'leave the argument out where it has no value, or pass a word that stands for none',
  },
  {
    id: 'transform-payload',
    texts: ['MaxPayloadInMB * MaxConcurrentTransforms'],
    cause: 'the transform job asks for more than 100 MB at once',
    why: 'MaxPayloadInMB, and MaxPayloadInMB times MaxConcurrentTransforms, may each be at most 100',
    fix: 'lower MaxPayloadInMB or MaxConcurrentTransforms, or split the input by line; MaxPayloadInMB 0 sends one file in chunks',
  },
  {
    id: 'data-download-failed',
    texts: ['ClientError: Data download failed:'],
    cause: 'the input data could not be brought to the instance',
    why: 'the text after the colon is the reason that S3 or the disk gave',
    fix: 'check that the prefix exists in the region, that the role may read it, and that the volume is large enough',
  },
  {
    id: 'transform-job-failed',
    texts: [
      'AlgorithmError: See job logs for more information',
      'ClientError: See job logs for more information',
    ],
    cause:
      'the container failed on, or refused, a request of a transform job (AlgorithmError), or the input could not be used (ClientError)',
    why: 'the log stream of the job that ends in /data-log names the file, and the status or the reason',
    fix: 'read it in /aws/sagemaker/TransformJobs; send that file to optml invoke with the same content type',
  },
  {
    id: 'algorithm-error',
    texts: [
      'FailureReason: AlgorithmError',
      "'FailureReason': 'AlgorithmError",
      'Failed. Reason: AlgorithmError: <...>',
      'Failed Reason: AlgorithmError: <...>',
    ],
    names: ['AlgorithmError'],
    cause: "the container's own code failed, and not the platform",
    why: 'the text after the colon is what the container wrote to /opt/ml/output/failure, up to 1,024 characters',
    fix: 'read the end of the log in /aws/sagemaker/TrainingJobs, and run the job here with optml train',
  },
  {
    id: 'platform-fault',
    texts: [
      'InternalServerError: We encountered an internal error. Please try again',
      'We encountered an internal error',
      'Request to service failed. If failure persists after retry, contact customer support',
    ],
    cause: 'the AWS service itself failed',
    why: 'a fault on the side of AWS, and of a job sometimes a disk or memory that the job filled',
    fix: 'run it again (RetryStrategy does so by itself); if it repeats, look at disk and memory, and open a case with the ARN',
  },
];

/** In the order in which they are looked for. */
export const jobErrors = { symptom: 'A job that fails', errors };
