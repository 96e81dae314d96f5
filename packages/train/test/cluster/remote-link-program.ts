/** A child that uses its supervisor's link, then ends by itself. */

import { createRemoteLink } from '../../src/cluster/link/remote-link.ts';

const { link, receive } = createRemoteLink(
  (request) => process.send?.(request),
  (waiting) => (waiting ? process.channel?.ref() : process.channel?.unref()),
);
process.on('message', receive);
process.channel?.unref();

const tell = (error: {
  readonly code?: string | undefined;
  readonly message: string;
  readonly name: string;
}) => {
  const { code, message, name } = error;
  process.send?.({ code, message, name }, () => process.exit(1));
};
link.failure.addEventListener('abort', () => tell(link.failure.reason));

try {
  process.send?.({ hosts: await link.waitForHosts({ timeoutMs: 1_000 }) });
  process.send?.({ value: await link.barrier('seed', { value: '{"seed":7}' }) });
  process.send?.({ value: (await link.barrier('nothing', {})) ?? null });
} catch (error) {
  tell(error as Error);
}
