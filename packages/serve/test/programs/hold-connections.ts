/** Opens connections, a hundred at a time, and holds them: told `URL COUNT`, writes `holding COUNT`. */

import { once } from 'node:events';
import { connect } from 'node:net';
import process from 'node:process';

const [url = '', count = '0'] = process.argv.slice(2);
const { hostname, port } = new URL(url);
for (let opened = 0; opened < Number(count); opened += 100) {
  const sockets = Array.from({ length: 100 }, () => connect(Number(port), hostname));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
}
process.stdout.write(`holding ${count}\n`);
