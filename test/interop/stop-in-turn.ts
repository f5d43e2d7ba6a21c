/** Stops all of them, one after the other, also when one of them cannot be stopped; then throws what that one threw. */
export async function stopInTurn(parties: readonly { stop(): Promise<unknown> }[]): Promise<void> {
  const failures: unknown[] = [];
  for (const party of parties) {
    await party.stop().catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw new AggregateError(failures, 'could not be stopped');
}
