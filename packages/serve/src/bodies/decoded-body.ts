/** A decoded body, before the schema has seen it. */
export interface DecodedBody {
  /** What the instances are called in messages: `instances`, or the key that held them. */
  readonly name: string;
  /** The instances; of csv, with the numbers as numbers. */
  readonly instances: unknown;
  /** Of csv, gives every cell as it was written: read when a schema asks for text, which it mostly does not. */
  readonly readCells?: () => readonly (readonly string[])[];
  /** True where the instances are known to be rows of finite numbers. */
  readonly areNumberRows?: true;
  /** True where there are texts among the instances for numbers that a double cannot hold. */
  readonly hasLossyNumbers?: boolean;
}
