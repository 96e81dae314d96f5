/** What lint finds, and the closed set of its rules. */

/** Each rule of lint: why it matters, and the fix. `docs/publishing.md` has them too, and a test compares. */
export const lintRules = {
  MANIFEST_TYPE: {
    severity: 'error',
    reason: 'SageMaker takes images with a Docker v2 schema 2 manifest for one platform only',
    fix: 'run "optml images repair", or publish with optml, which writes no other kind',
  },
  PLATFORM: {
    severity: 'error',
    reason:
      'an image for another processor fails with "exec format error", and all that shows is a failed /ping',
    fix: 'build with --platform linux/amd64, or linux/arm64 for Graviton instances',
  },
  USER: {
    severity: 'warning',
    reason: 'SageMaker expects containers to run as root: /opt/ml belongs to it',
    fix: 'leave USER out of the Dockerfile, or set it to root at the end',
  },
  ENTRYPOINT_SHELL: {
    severity: 'warning',
    reason:
      'in shell form a shell is process 1 and swallows SIGTERM, so that the container is killed after 30 s',
    fix: 'write ENTRYPOINT ["node", "/app/dist/main.js"], in exec form',
  },
  ENTRYPOINT_TINI: {
    severity: 'warning',
    reason:
      'SageMaker appends "train" or "serve" to the entry point, and tini and similar programs may take it as their own argument',
    fix: 'leave tini out: optml reaps its children itself',
  },
  PROGRAM: {
    severity: 'error',
    reason:
      'SageMaker runs "IMAGE train" and "IMAGE serve": it starts the entry point or, without one, a program "train" or "serve" on the PATH',
    fix: 'set an ENTRYPOINT whose program is in the image and executable (chmod +x), or put "train" and "serve" on the PATH',
  },
  LABEL: {
    severity: 'error',
    reason: 'SageMaker knows from a label that an image supports this',
    fix: 'add the label with LABEL in the Dockerfile, or "labels" of the build',
  },
  SERVERLESS_SIZE: {
    severity: 'error',
    reason:
      'a serverless endpoint rejects images larger than 10,737,418,240 bytes, about ten minutes after it is created',
    fix: 'use a smaller base, prune dependencies, and keep the model in S3',
  },
  HISTORY: {
    severity: 'warning',
    reason:
      'the config does not have one history entry per layer: tools name the wrong step for a layer, and serverless inference has rejected such images',
    fix: 'build the image with a builder that writes history, as optml does',
  },
  LAYER_COUNT: {
    severity: 'warning',
    reason: 'engines that stack layers with overlayfs cannot start an image with more than 127',
    fix: 'combine RUN and COPY instructions in the Dockerfile, or copy the result of a build stage',
  },
  URI_LENGTH: {
    severity: 'error',
    reason: 'CreateModel accepts image URIs of at most 255 characters',
    fix: 'use a shorter repository name or tag',
  },
  REGION: {
    severity: 'error',
    reason: 'the image must be in the Region of the model',
    fix: 'publish to that Region too: --region can be given several times',
  },
  OPT_ML_FILES: {
    severity: 'warning',
    reason: 'SageMaker mounts its own folders there, which hides those of the image',
    fix: 'put the files elsewhere, for example in /opt/program; the model belongs in the model artifact',
  },
  SECRET: {
    severity: 'error',
    reason: 'anyone who can pull the image can read it, even if a later layer deletes it',
    fix: 'add it to .dockerignore and build again; if the image was ever pushed, replace the secret',
  },
  NATIVE_ARCHITECTURE: {
    severity: 'error',
    reason: 'a program or native module for another processor cannot be loaded',
    fix: 'install dependencies for the platform of the image, for example with pnpm install --cpu=x64 --os=linux',
  },
  LIBRARY_MISSING: {
    severity: 'error',
    reason: 'without the library, the loader ends the program, and Node refuses the native module',
    fix: 'use a base that has the library, install its package in the Dockerfile, or copy it into the image',
  },
  LAYER_UNREAD: {
    severity: 'error',
    reason: 'the files of a layer that was not read cannot be judged',
    fix: 'make the layer readable where the image comes from, or allow it with --allow-unread',
  },
  SCRIPT_CRLF: {
    severity: 'error',
    reason: 'Linux looks for the interpreter with the carriage return in its name, and says "no such file"',
    fix: 'save it with Unix line endings, and have git keep them: "* text eol=lf" in .gitattributes',
  },
} as const satisfies Readonly<Record<string, LintRule>>;

/** A rule. */
export interface LintRule {
  /** An image with an error is not published. */
  readonly severity: 'error' | 'warning';
  readonly reason: string;
  readonly fix: string;
}

/** The name of a rule. */
export type LintCode = keyof typeof lintRules;

/** Something that a rule found. */
export interface LintFinding extends LintRule {
  readonly code: LintCode;
  /** What was found, with the value that is wrong. */
  readonly found: string;
  /** In the image, where a file is at fault. */
  readonly path?: string | undefined;
}

/** Writes a finding of a rule. */
export function report(code: LintCode, found: string, path?: string): LintFinding {
  return { code, ...lintRules[code], found, path };
}
