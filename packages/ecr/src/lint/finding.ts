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
      'an image for another processor ends with "exec format error", which shows only as a failed /ping',
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
      'SageMaker adds "train" or "serve" behind the entry point, which tini and its like may take for themselves',
    fix: 'leave tini out: optml reaps its children itself',
  },
  PROGRAM: {
    severity: 'error',
    reason:
      'SageMaker runs "IMAGE train" and "IMAGE serve": what starts is the entry point, or without one a program "train" or "serve" on the PATH',
    fix: 'set an ENTRYPOINT whose program is in the image and executable (chmod +x), or put "train" and "serve" on the PATH',
  },
  LABEL: {
    severity: 'error',
    reason: 'SageMaker reads from a label that an image can do this',
    fix: 'add the label with LABEL in the Dockerfile, or "labels" of the build',
  },
  SERVERLESS_SIZE: {
    severity: 'error',
    reason:
      'a serverless endpoint refuses images above 10,737,418,240 bytes, some ten minutes after it was asked for',
    fix: 'take a smaller base, prune dependencies, and keep the model in S3',
  },
  HISTORY: {
    severity: 'warning',
    reason:
      'the config has not one history entry for each layer: tools name the wrong step of a layer, and serverless inference has refused such images',
    fix: 'publish the image with a builder that writes history, as optml does',
  },
  LAYER_COUNT: {
    severity: 'warning',
    reason: 'engines that stack layers with overlayfs fail to start an image of more than 127',
    fix: 'join RUN and COPY instructions of the Dockerfile, or copy the result of a build stage',
  },
  URI_LENGTH: {
    severity: 'error',
    reason: 'CreateModel takes an image URI of at most 255 characters',
    fix: 'take a shorter repository name or tag',
  },
  REGION: {
    severity: 'error',
    reason: 'the image must be in the Region of the model',
    fix: 'publish to that Region too: --region can be given several times',
  },
  OPT_ML_FILES: {
    severity: 'warning',
    reason: 'SageMaker mounts its own folders there, and hides what the image has',
    fix: 'put the files elsewhere, as under /opt/program; the model belongs into the model artifact',
  },
  SECRET: {
    severity: 'error',
    reason: 'whoever may pull the image can read it, also when a later layer deletes it',
    fix: 'name it in .dockerignore and build again; replace the secret when the image was ever pushed',
  },
  NATIVE_ARCHITECTURE: {
    severity: 'error',
    reason: 'a program or native module for another processor cannot be loaded',
    fix: 'install dependencies for the platform of the image, for example with pnpm install --cpu=x64 --os=linux',
  },
  LIBRARY_MISSING: {
    severity: 'error',
    reason: 'the loader ends a program, and Node refuses a native module, for which a library is missing',
    fix: 'take a base that has the library, install its package in the Dockerfile, or copy it into the image',
  },
  LAYER_UNREAD: {
    severity: 'error',
    reason: 'nothing is known of the files of a layer that was not read',
    fix: 'make the layer readable where the image comes from, or allow it with --allow-unread',
  },
  SCRIPT_CRLF: {
    severity: 'error',
    reason: 'Linux looks for the interpreter with the carriage return in its name, and says "no such file"',
    fix: 'save it with Unix line ends, and let git keep them: "* text eol=lf" in .gitattributes',
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
