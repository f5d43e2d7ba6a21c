import { createServer } from 'node:net';

/**
 * A TCP port that nobody listens on at this moment. Between the answer and its use another process may take
 * it, so whoever binds it must be ready to ask again.
 */
export function freePort(host = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no port given'));
        else resolve(address.port);
      });
    });
  });
}
