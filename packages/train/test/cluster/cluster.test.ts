/** The stories of three hosts, on three addresses of the loopback interface. */

import { describe } from 'vitest';
import { findPort } from '../find-port.ts';
import { tellClusterStories } from './cluster-stories.ts';

describe('three processes on one machine', { timeout: 60_000 }, () => {
  tellClusterStories({
    hosts: ['127.0.0.1', '127.0.0.2', '127.0.0.3'],
    prefix: () => [],
    findPort,
  });
});
