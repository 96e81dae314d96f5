/** The interface that every content type implements. */

/** Decodes and encodes one content type: whole bodies at once, or item by item as bytes arrive. */
export interface Codec<Value = unknown, Item = unknown, EncodableValue = Value, EncodableItem = Item> {
  /** Media types it answers to, canonical first, lower case, without parameters; others may be ranges, as `image/*`. */
  readonly mediaTypes: readonly [string, ...string[]];
  /** Decodes a whole body. @throws `CodecError` */
  decode(body: Uint8Array, options?: DecodeOptions): Value;
  /** Encodes a whole value. @throws `CodecError` */
  encode(value: EncodableValue): Uint8Array;
  /**
   * Yields items as their bytes arrive, in the order of the body, whatever the sizes of the chunks.
   * Pulls a chunk only when an item is asked for; ending early closes the source. Items in front of a
   * fault are yielded before the error is thrown.
   */
  decodeStream(
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    options?: DecodeOptions,
  ): AsyncGenerator<Item>;
  /**
   * Yields the bytes of items. Items of an async source are passed on one by one, so that none waits for
   * the next; those of a sync source are gathered into chunks of about 64 KiB.
   */
  encodeStream(items: AsyncIterable<EncodableItem> | Iterable<EncodableItem>): AsyncGenerator<Uint8Array>;
}

/** Says how a body is to be read. */
export interface DecodeOptions {
  /**
   * Parameters of the media type, as `parseMediaType` gives them. Text codecs read `charset`: UTF-8 when
   * absent, `us-ascii` as the subset of UTF-8 it is, any other label as the WHATWG Encoding Standard has it.
   */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  /**
   * Most bytes one record may take, counted as UTF-8; 16 MiB by default. A record is a csv row, a JSON line,
   * or the one document of a JSON body; octet streams have none. More fails with `RECORD_TOO_LARGE`, so that
   * an unclosed quote or an endless line cannot take all memory.
   */
  readonly maximumRecordBytes?: number | undefined;
  /**
   * What becomes of a number in JSON that a double cannot hold (`isLossyNumber`): `refuse`, the default, fails with
   * `NUMBER_LOSSY`; `text` gives its digits as a string; `raw` what `JSON.rawJSON` makes of them, which `JSON.stringify`
   * writes as they came.
   */
  readonly lossyNumbers?: 'refuse' | 'text' | 'raw' | undefined;
}
