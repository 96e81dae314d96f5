/** Shows what publishing does: a bar in a terminal, lines elsewhere. */

import type { PublishEvent, PublishPlan } from '@optml/ecr';
import { formatSize } from '../terminal/format-size.ts';
import { createStatusLine, readColumns, type StatusStream } from '../terminal/status-line.ts';

/** Takes events; `finish` leaves the line of the bar. */
export interface ProgressDisplay {
  onEvent(event: PublishEvent): void;
  /** What will be sent is known now. */
  expect(plan: PublishPlan): void;
  finish(): void;
}

/** Creates the display. Writes never wait: progress must not slow the work down. */
export function createProgressDisplay(stream: StatusStream): ProgressDisplay {
  const sent = new Map<string, number>();
  let total = 0;
  const status = createStatusLine(stream);
  const update = () => {
    const bytes = [...sent.values()].reduce((sum, value) => sum + value, 0);
    if (total > 0) status.show(formatBar(bytes, total, readColumns(stream)));
  };
  return {
    expect(plan) {
      total = plan.targets
        .flatMap(({ blobs }) => blobs)
        .reduce((sum, { blob }) => sum + blob.descriptor.size, 0);
      update();
    },
    onEvent(event) {
      if (event.kind === 'sending' || event.kind === 'sent') {
        const done = event.kind === 'sent' ? event.size : event.sentBytes;
        sent.set(`${event.region} ${event.repository} ${event.digest}`, done);
        update();
      }
      const text = describeEvent(event);
      if (text !== undefined) void status.write(`optml: ${text}\n`);
    },
    finish: () => status.show(''),
  };
}

function formatBar(bytes: number, total: number, columns: number): string {
  const text = ` ${formatSize(bytes)} of ${formatSize(total)}`;
  const width = Math.max(10, Math.min(40, columns - text.length - 4));
  const filled = Math.round((Math.min(bytes, total) / total) * width);
  return `[${'#'.repeat(filled)}${'-'.repeat(width - filled)}]${text}`;
}

function describeEvent(event: PublishEvent): string | undefined {
  switch (event.kind) {
    case 'notice':
      return event.message;
    case 'compressed':
      return `compressed a layer to ${formatSize(event.size)}: ${shorten(event.digest)}`;
    case 'sent':
      return `${event.mounted ? 'mounted' : 'sent'} ${shorten(event.digest)}, ${formatSize(event.size)}, to ${event.repository} in ${event.region}`;
    case 'created':
      return `created the repository ${event.repository} in ${event.region}`;
    case 'tagged':
      return `tagged ${event.reference}`;
    default:
      return undefined;
  }
}

function shorten(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}
