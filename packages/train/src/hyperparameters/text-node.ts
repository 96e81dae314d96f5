/** A value as a text spells it, in JSON or as Python prints it: every number and word still has its characters. */

/** A text in quotes, or a word without: a number, a truth, nothing, or what else stands alone. */
export interface TextLeaf {
  readonly kind: 'text' | 'word';
  readonly text: string;
}

export type TextNode =
  | TextLeaf
  | { readonly kind: 'list'; readonly items: readonly TextNode[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [string, TextNode])[] };

export function isLeaf(node: TextNode): node is TextLeaf {
  return node.kind === 'text' || node.kind === 'word';
}

/** True for more lists and objects in one another than code that calls itself for each should walk. */
export function isTooDeep(node: TextNode, levels = 1_000): boolean {
  if (isLeaf(node)) return false;
  const members = node.kind === 'list' ? node.items : node.entries.map(([, item]) => item);
  return levels === 0 || members.some((member) => isTooDeep(member, levels - 1));
}
