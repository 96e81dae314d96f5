/**
 * Writes the completions of a shell. Each finds the command in the words that were typed, and then completes its
 * commands, its options or their values; anything else is a file.
 */

import type { CompletedCommand } from './list-commands.ts';

/** The shells, each with what writes its script. */
export const completions = { bash: writeBash, zsh: writeZsh, fish: writeFish } as const;

export type Shell = keyof typeof completions;

/** The words `PATH NAME` that lead from one command to another. */
function listSteps(commands: readonly CompletedCommand[]): readonly string[] {
  return commands.flatMap(({ path, commands: inner }) => inner.map(({ name }) => `${path} ${name}`));
}

/** The words that may follow the command, each with what it does: the commands below it, and values of its argument. */
function listWords({ commands, choices }: CompletedCommand): readonly (readonly [string, string])[] {
  return [
    ...commands.map(({ name, summary }) => [name, summary] as const),
    ...choices.map((word) => [word, ''] as const),
  ];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Options that take a value: those with a few, and those that take any. */
function listValues(commands: readonly CompletedCommand[]) {
  const all = commands.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .map(({ flag, choices }) => ({ at: `${path} ${flag}`, choices })),
  );
  return {
    few: all.filter(({ choices }) => choices.length > 0),
    any: all.filter(({ choices }) => choices.length === 0),
  };
}

function writeBash(commands: readonly CompletedCommand[]): string {
  const { few, any } = listValues(commands);
  const reply = (words: readonly string[]) =>
    `COMPREPLY=($(compgen -W ${quote(words.join(' '))} -- "$current"))`;
  return `# bash completion of optml
_optml() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}" at=optml index
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    [[ \${COMP_WORDS[index]} == -- ]] && return
    case "$at \${COMP_WORDS[index]}" in
${listSteps(commands)
  .map((step) => `      ${quote(step)}) at=${quote(step)} ;;\n`)
  .join('')}    esac
  done
  case "$at $previous" in
${few.map(({ at, choices }) => `    ${quote(at)}) ${reply(choices)}; return ;;\n`).join('')}    ${any.map(({ at }) => quote(at)).join(' | ')}) return ;;
  esac
  case "$at" in
${commands
  .map((command) => {
    const flags = reply(command.options.map(({ flag }) => flag));
    const names = listWords(command).map(([name]) => name);
    const words = names.length === 0 ? '' : ` else ${reply(names)};`;
    return `    ${quote(command.path)}) if [[ $current == -* ]]; then ${flags};${words} fi ;;\n`;
  })
  .join('')}  esac
}
complete -o default -F _optml optml
`;
}

function writeZsh(commands: readonly CompletedCommand[]): string {
  const { few, any } = listValues(commands);
  const describe = (words: readonly (readonly [string, string])[]) =>
    words
      .map(([word, said]) => quote(`${word.replaceAll(':', '\\:')}:${said.replaceAll(':', '\\:')}`))
      .join(' ');
  return `#compdef optml
# zsh completion of optml
_optml() {
  local at=optml index
  local -a known
  for ((index = 2; index < CURRENT; index++)); do
    [[ $words[index] == -- ]] && { _files; return }
    case "$at $words[index]" in
${listSteps(commands)
  .map((step) => `      (${quote(step)}) at=${quote(step)} ;;\n`)
  .join('')}    esac
  done
  case "$at $words[CURRENT-1]" in
${few.map(({ at, choices }) => `    (${quote(at)}) compadd -- ${choices.map(quote).join(' ')}; return ;;\n`).join('')}    (${any.map(({ at }) => quote(at)).join('|')}) _files; return ;;
  esac
  case "$at" in
${commands
  .map((command) => {
    const flags = describe(command.options.map(({ flag, description }) => [flag, description] as const));
    const words = listWords(command);
    const other = words.length === 0 ? '_files; return' : `known=(${describe(words)})`;
    return `    (${quote(command.path)}) if [[ $PREFIX == -* ]]; then known=(${flags}); else ${other}; fi ;;\n`;
  })
  .join('')}  esac
  _describe 'optml' known
}
if [[ $funcstack[1] == _optml ]]; then _optml "$@"; else compdef _optml optml; fi
`;
}

function writeFish(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap((command) => {
    const start = `complete -c optml -n ${quote(`__optml_at ${command.path}`)}`;
    return [
      ...listWords(command).map(([name, summary]) => `${start} -f -a ${quote(name)} -d ${quote(summary)}`),
      ...command.options.map(({ flag, description, takesValue, choices }) => {
        const value = choices.length > 0 ? ` -x -a ${quote(choices.join(' '))}` : takesValue ? ' -r' : '';
        return `${start} -l ${flag.replace(/^--/, '')}${value} -d ${quote(description)}`;
      }),
    ];
  });
  return `# fish completion of optml
function __optml_at
    set -l at optml
    for word in (commandline -opc)[2..]
        test "$word" = --; and return 1
        switch "$at $word"
${listSteps(commands)
  .map((step) => `            case ${quote(step)}\n                set at ${quote(step)}\n`)
  .join('')}        end
    end
    test "$at" = "$argv"
end
${lines.join('\n')}
`;
}
