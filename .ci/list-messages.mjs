#!/usr/bin/env node
// Prints every message of the sources, one a line with its place, to be read in one go: texts of three words and more.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import ts from 'typescript';

const files = execFileSync('git', ['ls-files', 'packages/*/src/*.ts', 'apps/*/src/*.ts'])
  .toString()
  .split('\n')
  .filter((file) => file.endsWith('.ts') && !/\.test\.ts$|^apps\/bench\//.test(file));

for (const file of files) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const visit = (node) => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) {
      const text = node.getText(source).slice(1, -1).replaceAll('\n', '\\n');
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      if (/[a-z]+ \S+ \S*[a-z]/.test(text)) console.log(`${file}:${line + 1}: ${text}`);
    } else ts.forEachChild(node, visit);
  };
  visit(source);
}
