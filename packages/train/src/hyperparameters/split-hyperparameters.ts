/** Sorts hyperparameters into the author's, the platform's and the Python toolkit's. */

/** Known to the toolkit itself; every other `sagemaker_*` is for a framework. Source: `params.py`. */
const toolkitNames = [
  'sagemaker_program',
  'sagemaker_submit_directory',
  'sagemaker_enable_cloudwatch_metrics',
  'sagemaker_region',
  'sagemaker_container_log_level',
  'sagemaker_job_name',
  'sagemaker_s3_output',
  'default_user_module_name',
  '_tuning_objective_metric',
] as const;

type ToolkitName = (typeof toolkitNames)[number];

export interface SplitHyperparameters {
  /** The author's, in the platform's order, read as JSON where they are JSON. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly toolkit: Readonly<Partial<Record<ToolkitName, string>>>;
  /** Any other `sagemaker_*`, as `sagemaker_mpi_enabled`. */
  readonly framework: Readonly<Record<string, unknown>>;
}

/** Splits the texts of `hyperparameters.json`; nothing is typed here beyond JSON, for programs have no schema. */
export function splitHyperparameters(texts: Readonly<Record<string, string>>): SplitHyperparameters {
  const values: Record<string, unknown> = {};
  const toolkit: Partial<Record<ToolkitName, string>> = {};
  const framework: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(texts)) {
    const value = decode(text);
    if (isToolkitName(name)) toolkit[name] = typeof value === 'string' ? value : text;
    else if (name.startsWith('sagemaker_')) framework[name] = value;
    else values[name] = value;
  }
  return { values, toolkit, framework };
}

function isToolkitName(name: string): name is ToolkitName {
  return (toolkitNames as readonly string[]).includes(name);
}

/** A number whose digits JavaScript would lose stays text, and so does all that is not JSON. */
function decode(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  const isLossy = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
  return isLossy ? text : value;
}
