/** Errors of images: building them, and what SageMaker refuses of them. */

import type { PlatformError } from './platform-error.ts';

const errors: readonly PlatformError[] = [
  {
    id: 'image-index',
    texts: [
      'Unsupported manifest media type application/vnd.oci.image.index.v1+json',
      'Unsupported manifest media type application/vnd.docker.distribution.manifest.list.v2+json',
    ],
    cause: 'the tag names an index of several images, and SageMaker takes one image only',
    why: 'docker buildx adds provenance (an attestation) by default, which makes an index even of one platform',
    fix: 'publish with optml, or "optml images repair" what is there; with docker, buildx build --platform linux/amd64 --provenance=false --sbom=false --output type=image,push=true,oci-mediatypes=false',
  },
  {
    id: 'manifest-media-type',
    texts: ['Unsupported manifest media type <type> for image <image>'],
    names: ['Unsupported manifest media type'],
    cause: 'the image has a manifest of a kind that the service does not take',
    why: 'SageMaker takes the manifest of one image in the form of Docker (schema 2); builders write OCI manifests or indexes by default',
    fix: 'publish with optml, or "optml images repair" what is there; with docker buildx, --provenance=false --sbom=false and oci-mediatypes=false',
  },
  {
    id: 'manifest-media-type-of-lambda',
    texts: [
      'The image manifest, config or layer media type for the source image <image> is not supported',
      'The image manifest or layer media type for the source image <image> is not supported',
    ],
    cause: 'AWS Lambda does not take the manifest of the image',
    why: 'Lambda takes one image, not an index of several, and docker buildx makes an index of one image and its provenance',
    fix: 'build with docker buildx build --platform linux/amd64 --provenance=false --sbom=false; a container of SageMaker is not one of Lambda',
  },
  {
    id: 'image-too-large-for-lambda',
    texts: ['Uncompressed container image size exceeds 10 GiB limit'],
    cause: 'the image is larger than AWS Lambda takes',
    why: 'Lambda counts the unpacked layers',
    fix: 'make the image smaller, or run it on a SageMaker endpoint',
  },
  {
    id: 'image-name-without-tag',
    texts: ["ECR image '<account>.dkr.ecr.<name>' is invalid"],
    cause: 'SageMaker does not take the name of the image as it is written',
    why: 'the name has neither a tag nor a digest, or is not of the form ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG',
    fix: 'write the tag (":latest"), or better the digest that optml publish printed',
  },
  {
    id: 'image-too-large-for-serverless',
    texts: ['Image size <number> is greater than supported size 10737418240'],
    cause: 'the image is larger than a serverless endpoint takes (10 GB)',
    why: 'serverless inference has that limit whatever the memory; it is found only while the endpoint is made',
    fix: 'make the image smaller, or use a real-time endpoint; "optml images lint --serverless" checks the size before the push',
  },
  {
    id: 'layer-not-supported',
    texts: ['UnsupportedImageLayerDetected', 'failed to register layer: <...>invalid tar header'],
    cause: 'a layer is packed in a way that the service cannot unpack',
    why: 'layers in zstd or without compression, or a manifest whose history does not fit its layers',
    fix: 'use gzip layers (compression=gzip,force-compression=true); "optml images lint" names such layers',
  },
  {
    id: 'platform-not-in-index',
    texts: [
      'no matching manifest for <platform> in the manifest list entries',
      'no match for platform in manifest',
      "image operating system '<name>' cannot be used on this platform",
      'was found but does not match the specified platform: wanted <platform>, actual: <platform>',
      'was found but its platform (<platform>) does not match the specified platform (<platform>)',
    ],
    cause: 'the image exists for other processors than the one asked for',
    why: 'it was built on a machine with another processor, without --platform',
    fix: 'build it for that platform: optml build --platform linux/amd64 (or linux/arm64)',
  },
  {
    id: 'platform-warning',
    texts: [
      "The requested image's platform (<platform>) does not match the detected host platform (<platform>)",
    ],
    cause: 'the image is for another processor than this machine',
    why: 'a warning only: Docker emulates it, slowly, where it can, and "exec format error" follows where it cannot',
    fix: 'pass --platform on purpose; build for the processor of the ml.* instance, not of this machine',
  },
  {
    id: 'docker-build-step-failed',
    texts: [
      "process '<...>' did not complete successfully: exit code: <number>",
      "The command '<...>' returned a non-zero code: <number>",
    ],
    cause: 'a RUN step of the Dockerfile failed while the image was built',
    why: 'the command of that step failed; the exit code is its own, and not that of a container on SageMaker',
    fix: 'read the output above the text; 137 there means that the builder ran out of memory',
  },
  {
    id: 'docker-build-file-missing',
    texts: [
      'failed to compute cache key: <...>: not found',
      'failed to calculate checksum of ref <...>: not found',
      'COPY failed: file not found in build context',
      'COPY failed: stat <...>: file does not exist',
      'failed to read dockerfile: open <name>: no such file or directory',
      'unable to evaluate symlinks in Dockerfile path',
    ],
    cause: 'a file that the build needs is not in its context',
    why: 'the path is relative to the folder after "docker build", .dockerignore leaves it out, or the Dockerfile is elsewhere (-f)',
    fix: 'run it from the folder that has the file, or correct COPY, .dockerignore or -f',
  },
  {
    id: 'docker-image-not-local',
    texts: [
      'An image does not exist locally with the tag: <name>',
      'tag does not exist: <name>',
      'Error: No such image: <name>',
      'Error response from daemon: No such image: <name>',
    ],
    cause: 'Docker has no image of that name on this machine',
    why: 'the build failed or went to another builder (buildx without --load), or the tag was not set',
    fix: 'docker image ls; docker tag LOCAL ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG before the push',
  },
  {
    id: 'image-not-in-ecr',
    texts: [
      'TrainingImageConfig with TrainingRepositoryAccessMode set to VPC must be provided when using a training image from a private Docker registry',
      'Using non-ECR image <image> without Vpc repository access mode is not supported',
    ],
    cause:
      'the image is named in another registry than Amazon ECR, and the job or model does not say that it is private',
    why: 'a name that is not ACCOUNT.dkr.ecr.REGION.amazonaws.com/... counts as a private registry, also when it is only misspelt',
    fix: 'publish to ECR in the same region; or set RepositoryAccessMode (TrainingRepositoryAccessMode) to Vpc, with a VpcConfig',
  },
  {
    id: 'image-name-invalid',
    texts: ['invalid reference format<end>', 'repository name must be lowercase'],
    unless: ['variable reference format'],
    cause: 'the name of the image is not valid',
    why: 'capital letters or a space in it, or a variable of a script that is empty ("/name:tag")',
    fix: 'print the name before it is used; use lower case: ACCOUNT.dkr.ecr.REGION.amazonaws.com/name:tag',
  },
];

/** In the order in which they are looked for. */
export const imageErrors = { symptom: 'An image that cannot be built or used', errors };
