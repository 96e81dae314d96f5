/**
 * What a builder of images asks, as `@optml/serve/capabilities`: it starts sooner without Express and the server, which
 * it has no use for.
 */

export { serveErrorCodes } from './errors/errors.ts';
export { type ContainerLimits, describeLimits, formatMebibytes } from './http/describe-limits.ts';
export { describeCapabilities } from './self-description/describe-capabilities.ts';
