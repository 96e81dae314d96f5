/** Writes what a tuning job can search, as CreateHyperParameterTuningJob takes it. */

import type { HyperparameterFacts } from './list-hyperparameters.ts';
import type { NumberRange } from './parameter-domain.ts';
import type { Scaling } from './tuning-choice.ts';

interface NumberParameterRange extends NumberRange {
  readonly Name: string;
  readonly ScalingType: Scaling;
}

interface CategoricalParameterRange {
  readonly Name: string;
  readonly Values: readonly string[];
}

/** Source: ParameterRanges in the SageMaker API model of 2017-07-24. */
export interface ParameterRanges {
  readonly IntegerParameterRanges: readonly NumberParameterRange[];
  readonly ContinuousParameterRanges: readonly NumberParameterRange[];
  readonly CategoricalParameterRanges: readonly CategoricalParameterRange[];
}

/** Lists the tunable hyperparameters by kind, in their order. */
export function listParameterRanges(parameters: readonly HyperparameterFacts[]): ParameterRanges {
  const tunable = parameters.filter((parameter) => parameter.tunable);
  return {
    IntegerParameterRanges: listNumberRanges(tunable, 'Integer'),
    ContinuousParameterRanges: listNumberRanges(tunable, 'Continuous'),
    CategoricalParameterRanges: tunable.flatMap(({ name, domain }) =>
      domain.type === 'Categorical' ? [{ Name: name, Values: domain.values }] : [],
    ),
  };
}

function listNumberRanges(tunable: readonly HyperparameterFacts[], type: 'Integer' | 'Continuous') {
  return tunable.flatMap(({ name, domain, scaling }) =>
    domain.type === type && domain.range !== undefined
      ? [{ Name: name, ...domain.range, ScalingType: scaling }]
      : [],
  );
}
