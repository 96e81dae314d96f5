/** Writes docs/troubleshooting.md from the tables that `optml explain` looks things up in. */

import type { PlatformError } from './platform-error.ts';
import { platformErrorTables } from './platform-errors.ts';

const introduction = `# Troubleshooting

By symptom: the texts of SageMaker, Amazon ECR, IAM, Docker and containers, each with its cause, why it happens and what
to do. \`<name>\` stands for one word and \`<...>\` for several. \`optml explain "TEXT"\` finds the entry of a whole message or
log, and \`optml explain CODE\` a row of [errors.md](errors.md). This page is written from the table of that command:
\`pnpm --filter optml write-troubleshooting\`.
`;

/** The whole page. */
export function renderTroubleshooting(): string {
  const sections = platformErrorTables.map(
    ({ symptom, errors }) => `\n## ${symptom}\n${errors.map(renderError).join('')}`,
  );
  return introduction + sections.join('');
}

function renderError({ id, texts, cause, why, fix }: PlatformError): string {
  const quoted = texts.map((text) => `    ${text.replace('<end>', '')}\n`).join('');
  return `\n### ${id}\n\n${quoted}\n- cause: ${escapeMarkdown(cause)}\n- why: ${escapeMarkdown(why)}\n- fix: ${escapeMarkdown(fix)}\n`;
}

/** Stars and angle brackets mean something in Markdown. */
function escapeMarkdown(text: string): string {
  return text.replace(/[*_<>]/g, '\\$&');
}
