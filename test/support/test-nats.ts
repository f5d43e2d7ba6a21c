/** With credentials, for `parseNatsUrl`; the nats-server that the integration project has started. */
export function testNatsUrl(): string {
  const url = process.env.CAUSEWAY_TEST_NATS_URL;
  if (url === undefined) throw new Error('only the integration project has a nats-server');
  return url;
}
