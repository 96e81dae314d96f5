/**
 * What a builder of images asks, as `@optml/serve/capabilities`: it starts sooner without Express and the server, which
 * it has no use for.
 */

export { describeCapabilities } from './describe-capabilities.ts';
export { serveErrorCodes } from './errors.ts';
