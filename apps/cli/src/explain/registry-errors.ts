/** Errors of Docker and of registries: logging in, pushing and pulling. */

import type { PlatformError } from './platform-error.ts';

const errors: readonly PlatformError[] = [
  {
    id: 'public-registry-login-old',
    texts: [
      'pulling from host public.ecr.aws failed with status code: 403 Forbidden',
      'unexpected status from <name> request to https://public.ecr.aws/<...>: 403 Forbidden',
      'public.ecr.aws/<...>: denied: Your authorization token has expired. Reauthenticate and try again',
      'pull access denied for public.ecr.aws/<name>',
    ],
    cause: 'Docker sent an old login to the public registry of Amazon ECR, which needs none',
    why: 'a login of an earlier day is kept in ~/.docker/config.json, and is refused once it has expired',
    fix: 'docker logout public.ecr.aws',
  },
  {
    id: 'registry-answers-403',
    texts: [
      'unexpected status from <name> request to <url>: 403 Forbidden',
      'unexpected status code <...>: 403 Forbidden',
      'error parsing HTTP 403 response body',
      'pulling from host <host> failed with status code <...>: 403 Forbidden',
    ],
    cause: 'the registry knows who asks, and refuses',
    why: 'the login of Docker is older than 12 hours, the policy of the identity or of the repository does not allow it, or the host is that of another account or region; AWS has images of its own under one account in each region',
    fix: 'log in to that host again; check account and region in it, then the ecr actions of the identity and the policy of the repository',
  },
  {
    id: 'registry-answers-401',
    texts: [
      'unexpected status from <name> request to <url>: 401 Unauthorized',
      'unexpected status code <...>: 401 Unauthorized',
      'failed to fetch anonymous token',
      'failed to fetch oauth token',
      'unauthorized: authentication required<end>',
      'unauthorized: incorrect username or password',
    ],
    cause: 'the registry got no login, or one that it does not take',
    why: 'nobody logged in to that host, the login is old, or it is for another account or region',
    fix: 'log in to exactly that host; for Amazon ECR also for the base images of other accounts; optml takes the AWS credentials for every registry of ECR',
  },
  {
    id: 'blob-upload-broken',
    texts: [
      'blob upload invalid<end>',
      'blob upload unknown<end>',
      'blob upload unknown to registry',
      'BLOB_UPLOAD_INVALID',
      'BLOB_UPLOAD_UNKNOWN',
    ],
    cause: 'the upload of a layer was interrupted, and cannot go on where it was',
    why: 'the network or a proxy cut it, or the session was idle for too long; ECR takes no second try in one session',
    fix: 'push again; optml publish begins a new session by itself',
  },
  {
    id: 'docker-push-denied-login-expired',
    texts: [
      'Your authorization token has expired. Reauthenticate and try again',
      'denied: Your Authorization Token has expired',
      'The security token provided in the authorization token has expired',
    ],
    cause: 'the login of Docker to Amazon ECR is older than 12 hours',
    why: 'a token of ECR lives 12 hours, and less when the credentials behind it end sooner',
    fix: 'log in again: aws ecr get-login-password | docker login --username AWS --password-stdin REGISTRY; optml publish gets its own token each time',
  },
  {
    id: 'no-basic-auth-credentials',
    texts: ['no basic auth credentials<end>'],
    cause: 'Docker has no login for that registry',
    why: 'nobody logged in, to another account or region than the one of the image, or as another user (sudo docker)',
    fix: 'log in to exactly the host of the image: aws ecr get-login-password --region REGION | docker login --username AWS --password-stdin ACCOUNT.dkr.ecr.REGION.amazonaws.com',
  },
  {
    id: 'docker-login-bad-request',
    texts: [
      'login attempt to https://<host> failed with status: 400 Bad Request',
      'login attempt to https://<host> failed with status: 401 Unauthorized',
    ],
    cause: 'the password that reached docker login is not a token of that registry',
    why: 'an older PowerShell adds a line end to what it pipes, the user name is not "AWS", or the token is for another region',
    fix: 'use --username AWS and --password-stdin with the token of the same region; on Windows pipe with cmd or a newer PowerShell',
  },
  {
    id: 'docker-login-needs-terminal',
    texts: ['Cannot perform an interactive login from a non TTY device'],
    cause: 'docker login got no password, and asks for one where nobody can answer',
    why: 'the command that prints the token failed, so that nothing came through the pipe',
    fix: 'run "aws ecr get-login-password" alone and fix its error; pass --password-stdin',
  },
  {
    id: 'docker-credential-helper-missing',
    texts: [
      "exec: 'docker-credential-<name>': executable file not found in $PATH",
      'docker-credential-<name> not installed or not available in PATH',
    ],
    cause: "Docker's configuration names a credential helper that is not installed",
    why: '"credsStore" or "credHelpers" in ~/.docker/config.json came from another installation, often Docker Desktop',
    fix: 'install the helper, or remove the line from ~/.docker/config.json and log in again',
  },
  {
    id: 'docker-credentials-not-stored',
    texts: [
      'error storing credentials - err: exit status <number>, out:',
      'error getting credentials - err: exit status <number>, out:',
    ],
    cause: 'the credential helper of Docker failed to keep or give a login',
    why: 'the keychain is locked, or the helper needs a graphical session or a secret service',
    fix: 'unlock or install what the text after "out" names, or remove "credsStore" from ~/.docker/config.json',
  },
  {
    id: 'docker-daemon-missing',
    texts: [
      'Cannot connect to the Docker daemon at <address>. Is the docker daemon running?',
      "exec: 'docker': executable file not found in $PATH",
      'docker: command not found',
      "FileNotFoundError: [Errno 2] No such file or directory: 'docker'",
      'error during connect: <...> docker_engine',
    ],
    cause: 'there is no Docker daemon to talk to',
    why: 'Docker is not installed or not started, or DOCKER_HOST names another place',
    fix: 'start it; or build and publish without Docker: optml build, optml publish',
  },
  {
    id: 'docker-socket-denied',
    texts: [
      'permission denied while trying to connect to the Docker daemon socket',
      'permission denied while trying to connect to the docker API',
    ],
    cause: "this user may not use Docker's socket",
    why: 'the socket belongs to root and the group docker',
    fix: 'add the user to the group docker and sign in again; or build and publish without Docker: optml build, optml publish',
  },
  {
    id: 'docker-hub-rate-limit',
    texts: [
      'You have reached your pull rate limit',
      'You have reached your unauthenticated pull rate limit',
      'Too Many Requests (HAP429)',
    ],
    cause: 'Docker Hub limits how many images an address or account may pull',
    why: 'builds on shared addresses pull the base image anonymously',
    fix: 'log in to Docker Hub, or take the base image from public.ecr.aws or a pull-through cache of ECR',
  },
  {
    id: 'ecr-rate-exceeded',
    texts: ['toomanyrequests: Rate exceeded<end>'],
    cause: 'Amazon ECR throttles this account and region',
    why: 'too many pushes, pulls or logins at the same time',
    fix: 'try again later with fewer at once, or ask for a higher quota',
  },
  {
    id: 'docker-hub-denied',
    texts: [
      'denied: requested access to the resource is denied',
      'pull access denied for <name>, repository does not exist or may require',
      'insufficient_scope: authorization failed',
    ],
    cause: 'the registry says that the repository does not exist or is not yours',
    why: 'often a name without its registry: Docker takes "name:tag" for Docker Hub',
    fix: 'write the whole name, ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG, and log in to that host',
  },
  {
    id: 'tag-immutable',
    texts: [
      "The image tag '<name>' already exists in the '<name>' repository and cannot be overwritten because the <name> is immutable",
      'ImageTagAlreadyExistsException',
    ],
    cause: 'the repository does not let a tag move, and it names another image already',
    why: 'the repository was made with immutable tags',
    fix: 'publish under a new tag; nothing was changed',
  },
  {
    id: 'repository-missing',
    texts: [
      "The repository with name '<name>' does not exist in the registry with id '<number>'",
      'RepositoryNotFoundException',
      'NAME_UNKNOWN: The repository with name',
    ],
    cause: 'the repository does not exist in that account and region',
    why: 'ECR does not make a repository by itself unless a creation template says so; the region or account may be another',
    fix: 'make it (aws ecr create-repository), or let optml publish make it; check region and account in the text',
  },
  {
    id: 'layers-missing-in-push',
    texts: [
      "Layers with digests '<...>' required for pushing image into repository with name '<name>'",
      'LayersNotFoundException',
    ],
    cause: 'the manifest came before layers that it names',
    why: 'a layer was not uploaded whole, or a lifecycle rule removed it meanwhile',
    fix: 'push again',
  },
  {
    id: 'image-not-found',
    texts: [
      'manifest unknown: Requested image not found',
      'manifest for <image> not found: manifest unknown',
      'Requested image <image> not found',
      'ImageNotFoundException',
      'Invalid training image. Please provide a valid Amazon Elastic Container Registry path',
    ],
    cause: 'the registry has no image under that name, tag or digest',
    why: 'the tag is misspelt or was never pushed, a lifecycle rule removed it, or the region or account is another',
    fix: 'list what there is (aws ecr describe-images --repository-name NAME), and name the digest that optml publish printed',
  },
  {
    id: 'registry-body-too-large',
    texts: [
      'unexpected status from <...> request to https://<url>: 413 Request Entity Too Large',
      'error parsing HTTP 413 response body',
      'received unexpected HTTP status: 413 Request Entity Too Large',
    ],
    cause: 'something before the registry refuses a layer of that size',
    why: 'a proxy between here and the registry limits request bodies; Amazon ECR itself takes such layers',
    fix: 'raise the limit of the proxy (client_max_body_size of nginx), go around it with NO_PROXY, or make smaller layers',
  },
  {
    id: 'tls-not-trusted',
    texts: [
      'x509: certificate signed by unknown authority',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'self-signed certificate in certificate chain',
      'self signed certificate in certificate chain',
      'unable to get local issuer certificate',
    ],
    unless: ['certificate has expired'],
    cause: 'the certificate of the server is not signed by anyone whom this machine trusts',
    why: 'a proxy of the company opens TLS and signs with its own authority',
    fix: "install the proxy's authority: NODE_EXTRA_CA_CERTS for Node, AWS_CA_BUNDLE for the AWS tools, the daemon's certificates for Docker",
  },
  {
    id: 'tls-time',
    texts: [
      'x509: certificate has expired or is not yet valid',
      'CERT_HAS_EXPIRED',
      'CERT_NOT_YET_VALID',
      'certificate verify failed: certificate has expired',
    ],
    cause: 'the certificate is not valid at the time that this machine believes it is',
    why: 'the clock of this machine is wrong, or the certificate has really expired',
    fix: 'set the clock (timedatectl; "optml doctor" compares it); if it is right, the server needs a new certificate',
  },
  {
    id: 'http-instead-of-https',
    texts: ['http: server gave HTTP response to HTTPS client'],
    cause: 'the registry speaks http, and the client expects https',
    why: 'a registry of this machine or network has no certificate',
    fix: 'optml: --plain-http HOST:PORT; Docker: "insecure-registries" of the daemon',
  },
];

/** In the order in which they are looked for. */
export const registryErrors = { symptom: 'Pushing to a registry, and pulling from it', errors };
