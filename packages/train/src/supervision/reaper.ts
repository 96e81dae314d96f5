/**
 * A process between the supervisor and the author's, which waits for orphans. The first process of a container
 * inherits them, but Node waits only for what it has started: a dead orphan would stay in the process table. The
 * reaper asks the kernel for the orphans of its descendants, passes nothing on, and ends as the author's process does.
 */

import { constants } from 'node:fs/promises';
import process from 'node:process';
import { isAccessible } from '../job/file-checks.ts';
import type { ProcessCommand } from '../programs/process-command.ts';

/** In every Debian and Ubuntu: its package is essential. No other program there can ask for orphans. */
const perl = '/usr/bin/perl';

/** Numbers of the system call `prctl`, for which Perl has no name. */
const prctlNumbers: Partial<Record<NodeJS.Architecture, number>> = { x64: 157, arm64: 167 };

/**
 * Told the number of `prctl`, the descriptor to report a refused start on, and the command. It outlives the signals
 * that its group gets, and holds no descriptor but the standard ones: the channel's end is to be seen at once.
 */
const script = `
my ($prctl, $report, @command) = @ARGV;
my @signals = qw(HUP INT TERM);
syscall($prctl, 36, 1);
$SIG{$_} = sub {} for @signals;
my $child = fork // exit 126;
if ($child == 0) {
  $SIG{$_} = 'DEFAULT' for @signals;
  open(my $refusal, '>&=', $report);
  fcntl($refusal, 2, 1);
  no warnings;
  exec { $command[0] } @command;
  syswrite($refusal, '!');
  exit 126;
}
for (3 .. $report) { close($_) if open($_, '<&=', $_) }
while ((my $ended = wait) != $child) { exit 126 if $ended == -1 && $! != 4 }
if (my $signal = $? & 127) {
  $SIG{$_} = 'DEFAULT' for @signals;
  kill($signal, $$);
}
exit($? >> 8);
`;

/** True where a reaper can be started. */
export async function canReap(): Promise<boolean> {
  return prctlNumbers[process.arch] !== undefined && isAccessible(perl, constants.X_OK);
}

/** Has a command started by a reaper, which reports a refusal of the system on the last descriptor. */
export function putReaperInFront(command: ProcessCommand): ProcessCommand {
  const report = command.hasChannel ? 4 : 3;
  const words = [prctlNumbers[process.arch], report].map(String);
  return {
    ...command,
    file: perl,
    arguments: ['-e', script, ...words, command.file, ...command.arguments],
    hasReport: true,
  };
}
