/** Writes a figure as one line of text. */

import type { Figure } from './benchmark.ts';

/** Formats name, medians, ratio, and what it is held against. */
export function formatFigure(figure: Figure): string {
  const name = `  ${figure.name.padEnd(62)} `;
  if ('megabytes' in figure) {
    return `${name}${figure.megabytes.toFixed(1)} MB${judge(figure.megabytes, figure.atMost, ' MB')}`;
  }
  if ('count' in figure) return `${name}${figure.count}${judge(figure.count, figure.atMost, '')}`;
  const { aMs, bMs, ratio, atMost, unit = 'ms' } = figure;
  return `${name}A ${aMs.toFixed(0)} ${unit}   B ${bMs.toFixed(0)} ${unit}   A/B ${round(ratio)}${judge(ratio, atMost, '')}`;
}

function judge(value: number, atMost: number | undefined, unit: string): string {
  if (atMost === undefined) return '';
  return `   at most ${round(atMost)}${unit}: ${value <= atMost ? 'kept' : 'missed'}`;
}

/** Three digits that count, and no fewer than two after the point. */
function round(value: number): string {
  return value < 0.1 ? value.toPrecision(2) : value.toFixed(2);
}
