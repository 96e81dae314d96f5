/** Decides whether a tuning job can search a hyperparameter, and on which scale. */

import { TrainError } from '../errors.ts';
import type { ParameterDomain } from './parameter-domain.ts';

const scalings = ['Auto', 'Linear', 'Logarithmic', 'ReverseLogarithmic'] as const;

/** Source: HyperParameterScalingType in the SageMaker API model of 2017-07-24. */
export type Scaling = (typeof scalings)[number];

export interface TuningChoice {
  readonly tunable: boolean;
  readonly scaling: Scaling;
}

/**
 * Chooses by what the domain allows and by the author's choice, `.meta({ tuning: false })` or
 * `.meta({ tuning: { scaling: 'Logarithmic' } })`.
 *
 * @throws TrainError `TRAINING_INVALID` when the author's `tuning` is invalid or cannot be kept.
 */
export function chooseTuning(name: string, tuning: unknown, domain: ParameterDomain): TuningChoice {
  const fail = (message: string) => new TrainError('TRAINING_INVALID', `hyperparameter ${name} ${message}`);
  if (tuning === undefined) return { tunable: isSearchable(domain), scaling: 'Auto' };
  if (tuning === false) return { tunable: false, scaling: 'Auto' };
  const scaling = readScaling(tuning);
  if (scaling === undefined) {
    throw fail(
      `has tuning ${JSON.stringify(tuning)}: expected false or { scaling: ${scalings.map((known) => `'${known}'`).join(' | ')} }`,
    );
  }
  if (!isSearchable(domain)) {
    throw fail(
      'cannot be tuned: give a number a min and a max without multipleOf, make it an enum or a boolean, or drop its tuning',
    );
  }
  const problem = findScalingProblem(scaling, domain);
  if (problem !== undefined) throw fail(`has scaling ${scaling}, which ${problem}`);
  return { tunable: true, scaling };
}

/** A single value leaves nothing to search. */
function isSearchable(domain: ParameterDomain): boolean {
  if (domain.type === 'FreeText') return false;
  if (domain.type === 'Categorical') return domain.values.length > 1;
  return domain.range !== undefined && domain.range.MinValue !== domain.range.MaxValue;
}

function readScaling(tuning: unknown): Scaling | undefined {
  if (typeof tuning !== 'object' || tuning === null) return undefined;
  const { scaling = 'Auto', ...others } = tuning as { readonly scaling?: unknown };
  if (Object.keys(others).length > 0) return undefined;
  return scalings.find((known) => known === scaling);
}

/** Source: "Define Hyperparameter Ranges", section on scaling, in the SageMaker developer guide. */
function findScalingProblem(scaling: Scaling, domain: ParameterDomain): string | undefined {
  if (scaling === 'Auto') return undefined;
  if (!('range' in domain)) return 'is for numbers: leave it out';
  const [low, high] = [Number(domain.range?.MinValue), Number(domain.range?.MaxValue)];
  if (scaling === 'Logarithmic' && low <= 0) return `needs a min above 0: it is ${low}`;
  if (scaling !== 'ReverseLogarithmic') return undefined;
  if (domain.type === 'Integer') return 'is for continuous numbers only: choose another';
  return low < 0 || high >= 1
    ? `needs a min of at least 0 and a max below 1: they are ${low} and ${high}`
    : undefined;
}
