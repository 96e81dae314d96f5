/** Proxies between this machine and registries, as the usual variables name them; the tunnels are Node's own. */

import * as http from 'node:http';
import * as https from 'node:https';
import process from 'node:process';
import { ImageError } from '../errors.ts';

/** What `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` say, or the same in lower case. */
export interface ProxySettings {
  /** The proxy of requests to `http://` hosts, with its login where it wants one. */
  readonly http?: string | undefined;
  /** That of requests to `https://` hosts. */
  readonly https?: string | undefined;
  /** Hosts that are reached directly: names with their subdomains, addresses, CIDR ranges, or `*`. */
  readonly except?: string | undefined;
  /** The variables that the settings come from, as messages name them; default: the upper-case ones. */
  readonly names?: ProxyNames | undefined;
}

/** The names of the variables. */
interface ProxyNames {
  readonly http: string;
  readonly https: string;
  readonly except: string;
}

/** Connections that are kept for the next request; close them with `destroy`. */
export interface Connections {
  readonly http: http.Agent;
  readonly https: https.Agent;
}

const upperCase: ProxyNames = { http: 'HTTP_PROXY', https: 'HTTPS_PROXY', except: 'NO_PROXY' };

/** Reads the variables. The lower-case one counts when both are set, as with curl. */
export function readProxySettings(environment: Readonly<Record<string, string | undefined>>): ProxySettings {
  // A variable that is empty counts as one that is not set.
  const isSet = (name: string) => Boolean(environment[name]);
  const isLowerCase = Object.values(upperCase).some((name) => isSet(name.toLowerCase()));
  const choose = (name: string) => {
    const lower = name.toLowerCase();
    // One that is not set is advised to be set in the case of the others.
    return isSet(lower) || (!isSet(name) && isLowerCase) ? lower : name;
  };
  const names = {
    http: choose(upperCase.http),
    https: choose(upperCase.https),
    except: choose(upperCase.except),
  };
  return {
    http: environment[names.http] || undefined,
    https: environment[names.https] || undefined,
    except: environment[names.except] || undefined,
    names,
  };
}

/** Says what to do when the proxy of `https` hosts refuses a tunnel. */
export function adviseOnTunnel({ names = upperCase }: ProxySettings): string {
  return `check the login in ${names.https} and what the proxy allows, or name the host in ${names.except}`;
}

/** Says what is wrong with the certificate of a server, and what to do, by Node's code; `undefined` for other codes. */
export function adviseOnCertificate(code: string | undefined): string | undefined {
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return "its certificate is not valid at this machine's time: check the clock; if it is right, the server needs a new certificate";
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return 'its certificate is for another host: check the name, and whether a proxy or DNS leads to another server';
  if (!/^(?:SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER))/.test(code ?? ''))
    return undefined;
  return 'its certificate is not trusted: if a proxy of your network opens TLS, set NODE_EXTRA_CA_CERTS to the file with its authority, or NODE_OPTIONS=--use-system-ca where the system trusts it';
}

/**
 * Opens no connection yet. Idle ones do not keep a process alive. This machine (loopback) and the metadata of AWS
 * (169.254.0.0/16) are never reached through a proxy.
 *
 * @throws ImageError `PROXY_INVALID`
 */
export function createConnections(proxy: ProxySettings = {}): Connections {
  const options = { keepAlive: true, maxSockets: 8, keepAliveMsecs: 1000, ...readProxyOptions(proxy) };
  return { http: new http.Agent(options), https: new https.Agent(options) };
}

/** Says what goes through which proxy, for a log; `undefined` when nothing does. No password is in it. */
export function describeProxy({ http, https, except }: ProxySettings): string | undefined {
  const named = [
    https && `https through ${maskPassword(https)}`,
    http && `http through ${maskPassword(http)}`,
  ];
  const found = named.filter((text) => text !== undefined && text !== '');
  if (found.length === 0) return undefined;
  return `${found.join(', ')}${except === undefined ? '' : `, except ${except}`}`;
}

function readProxyOptions({
  http,
  https,
  except,
  names = upperCase,
}: ProxySettings): http.AgentOptions & { proxyEnv?: object | undefined } {
  if (http === undefined && https === undefined) return {};
  // Node's own, from 22.21 and 24.5 on, which came with this flag.
  if (!process.allowedNodeEnvironmentFlags.has('--use-env-proxy')) {
    const set = [https && names.https, http && names.http].filter(Boolean).join(' and ');
    throw new ImageError(
      'PROXY_INVALID',
      `Node ${process.versions.node} cannot use a proxy, and ${set} names one: use Node 22.21, 24.5 or later, or unset ${set}`,
    );
  }
  return {
    proxyEnv: {
      http_proxy: http && parseProxy(http, names.http),
      https_proxy: https && parseProxy(https, names.https),
      no_proxy: [...direct, ...(except ?? '').split(/[\s,]+/).flatMap(expandException)].join(','),
    },
  };
}

/** As curl does, an address without a scheme is one of http. */
function parseProxy(text: string, name: string): string {
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return address;
  throw new ImageError(
    'PROXY_INVALID',
    `${name} is "${maskPassword(text)}": expected the address of a proxy for http or https, such as http://proxy.example.com:3128`,
  );
}

const direct = ['localhost', '127.0.0.0-127.255.255.255', '::1', '[::1]', '169.254.0.0-169.254.255.255'];

/** In Node's words: subdomains and ranges of addresses have a notation of their own. */
function expandException(entry: string): readonly string[] {
  if (entry === '') return [];
  const [, address, bits] = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(entry) ?? [];
  if (address !== undefined) return [expandRange(address, Math.min(Number(bits), 32))];
  const isName = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/i.test(entry) && !/^[\d.]+$/.test(entry);
  return isName ? [entry, `.${entry}`] : [entry];
}

/** `10.0.0.0/8` is `10.0.0.0-10.255.255.255`. */
function expandRange(address: string, bits: number): string {
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - bits);
  const first = Math.floor(number / size) * size;
  return [first, first + size - 1]
    .map((end) => [24, 16, 8, 0].map((shift) => Math.floor(end / 2 ** shift) % 256).join('.'))
    .join('-');
}

/** A login stands before the last `@`, also in what is not a URL. */
function maskPassword(text: string): string {
  return text.replace(/^((?:[a-z][a-z0-9+.-]*:\/\/)?[^:@/]*):(.*)@/i, '$1:***@');
}
