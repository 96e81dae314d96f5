/** Sorts hyperparameters into the author's, the platform's and the Python toolkit's. */

import { type DecodedText, decodeText, toJsonValue } from './decode-text.ts';

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
  /** The author's, in the platform's order. */
  readonly texts: Readonly<Record<string, DecodedText>>;
  readonly toolkit: Readonly<Partial<Record<ToolkitName, string>>>;
  /** Any other `sagemaker_*`, for example `sagemaker_mpi_enabled`, read as JSON where they are JSON. */
  readonly framework: Readonly<Record<string, unknown>>;
  readonly frameworkTexts: Readonly<Record<string, DecodedText>>;
}

/** Splits and decodes the texts of `hyperparameters.json`. */
export function splitHyperparameters(texts: Readonly<Record<string, string>>): SplitHyperparameters {
  const own: Record<string, DecodedText> = {};
  const toolkit: Partial<Record<ToolkitName, string>> = {};
  const frameworkTexts: Record<string, DecodedText> = {};
  for (const [name, text] of Object.entries(texts)) {
    const decoded = decodeText(text);
    if (isToolkitName(name)) toolkit[name] = decoded.plain;
    else if (name.startsWith('sagemaker_')) frameworkTexts[name] = decoded;
    else own[name] = decoded;
  }
  const framework = Object.entries(frameworkTexts).map(
    ([name, decoded]) => [name, readValue(decoded)] as const,
  );
  return { texts: own, toolkit, framework: Object.fromEntries(framework), frameworkTexts };
}

function isToolkitName(name: string): name is ToolkitName {
  return (toolkitNames as readonly string[]).includes(name);
}

function readValue(decoded: DecodedText): unknown {
  return JSON.parse(JSON.stringify(toJsonValue(decoded)));
}
