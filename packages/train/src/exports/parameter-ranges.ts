/** Writes what a tuning job can search, as CreateHyperParameterTuningJob takes it. */

import type { HyperparameterFacts } from './list-hyperparameters.ts';

/** Source: ParameterRanges in the SageMaker API model of 2017-07-24. */
export type ParameterRanges = ReturnType<typeof listParameterRanges>;

/** Lists the tunable hyperparameters by kind, in their order. */
export function listParameterRanges(parameters: readonly HyperparameterFacts[]) {
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
