/**
 * The files by which the leader enters the other hosts over ssh, for one job and no longer. The leader's key is
 * made for the job and its public half goes over the link, so that no secret is part of the image. The leader
 * does not check who the others are: the job's network says so.
 */

import { join } from 'node:path';

/** A file to write, readable by its owner only. */
export interface SecretFile {
  readonly path: string;
  readonly text: string;
}

export interface SshServer {
  readonly files: readonly SecretFile[];
  /** Makes the host's own key; run it first. */
  readonly keygen: readonly [string, ...string[]];
  /** Stays in the foreground and logs to standard error. */
  readonly argv: readonly [string, ...string[]];
}

export interface SshServerOptions {
  /** A folder for this job, that nobody else can write. */
  readonly directory: string;
  readonly port: number;
  /** The address of the job's network, or `0.0.0.0`. */
  readonly address: string;
  /** The leader's, one line. */
  readonly publicKey: string;
  /** What a command of the leader finds on this host; names that a shell cannot hold are left out. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Describes the server of a host that is not the leader. Only the leader's key gets in, and only to run commands. */
export function createSshServer(options: SshServerOptions): SshServer {
  const { directory, port, address, publicKey, environment } = options;
  const path = (name: string) => join(directory, name);
  const configuration = [
    `Port ${port}`,
    `ListenAddress ${address}`,
    `HostKey ${path('host_key')}`,
    `AuthorizedKeysFile ${path('authorized_keys')}`,
    `ForceCommand /bin/sh ${path('enter.sh')}`,
    'PidFile none',
    'AuthenticationMethods publickey',
    'PermitRootLogin prohibit-password',
    // The folder may stand under /tmp, which others can write to, unlike the folder itself.
    'StrictModes no',
    'UsePAM no',
    'DisableForwarding yes',
    'PermitTTY no',
    'PermitUserRC no',
    'LogLevel ERROR',
  ];
  return {
    files: [
      { path: path('sshd_config'), text: joinLines(configuration) },
      { path: path('authorized_keys'), text: joinLines([publicKey.trim()]) },
      { path: path('enter.sh'), text: createEntrance(environment) },
    ],
    keygen: createKeygen(path('host_key')),
    // sshd insists on being called by its absolute path.
    argv: ['/usr/sbin/sshd', '-D', '-e', '-f', path('sshd_config')],
  };
}

export interface SshClient {
  readonly files: readonly SecretFile[];
  /** Makes the leader's key; run it first. */
  readonly keygen: readonly [string, ...string[]];
  readonly publicKeyPath: string;
  readonly configPath: string;
}

/** Describes the leader's side. */
export function createSshClient({
  directory,
  port,
}: Pick<SshServerOptions, 'directory' | 'port'>): SshClient {
  const path = (name: string) => join(directory, name);
  const configuration = [
    'Host *',
    `Port ${port}`,
    `IdentityFile ${path('leader_key')}`,
    'IdentitiesOnly yes',
    'BatchMode yes',
    'StrictHostKeyChecking no',
    'UserKnownHostsFile /dev/null',
    'GlobalKnownHostsFile /dev/null',
    'ConnectTimeout 30',
    'ServerAliveInterval 30',
    'LogLevel ERROR',
  ];
  return {
    files: [{ path: path('ssh_config'), text: joinLines(configuration) }],
    keygen: createKeygen(path('leader_key')),
    publicKeyPath: path('leader_key.pub'),
    configPath: path('ssh_config'),
  };
}

function createKeygen(path: string): readonly [string, ...string[]] {
  return ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'optml', '-f', path];
}

/** A shell program, because sshd passes nothing of its own environment on. */
function createEntrance(environment: SshServerOptions['environment']): string {
  const variables = Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `export ${name}=${quote(value)}` : [],
  );
  return joinLines([...variables, 'exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"']);
}

function quote(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}

function joinLines(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
