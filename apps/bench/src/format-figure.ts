/** Writes a figure as one line of text. */

import type { Figure } from './benchmark.ts';

/** Formats name, medians, ratio, and what it is held against. */
export function formatFigure(figure: Figure): string {
  const name = `  ${figure.name.padEnd(44)}`;
  if ('megabytes' in figure) {
    return `${name}${figure.megabytes.toFixed(1)} MB${judge(figure.megabytes, figure.atMost, ' MB')}`;
  }
  const { aMs, bMs, ratio, atMost } = figure;
  return `${name}A ${aMs.toFixed(0)} ms   B ${bMs.toFixed(0)} ms   A/B ${ratio.toFixed(2)}${judge(ratio, atMost, '')}`;
}

function judge(value: number, atMost: number | undefined, unit: string): string {
  if (atMost === undefined) return '';
  return `   at most ${atMost}${unit}: ${value <= atMost ? 'kept' : 'missed'}`;
}
