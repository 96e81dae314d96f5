/** What the image is to be used for; a rule that needs what is not given finds nothing. */
export interface ImageUse {
  /** As in `ml.m5.xlarge`. */
  readonly instanceType?: string | undefined;
  readonly serverless?: boolean | undefined;
  readonly features?: readonly LintFeature[] | undefined;
  /** Of the manifest where the image is now; an image that is to be published gets the right one. */
  readonly mediaType?: string | undefined;
  /** As CreateModel will be given it. */
  readonly reference?: string | undefined;
  /** Of the model. */
  readonly region?: string | undefined;
}

/** What a container can do that SageMaker knows of by a label. */
export type LintFeature = 'multi-model' | 'bind-to-port' | 'bidirectional-streaming';
