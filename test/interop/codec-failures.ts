/** What a call throws, to be compared member by member. A call that returns fails the test. */
export function failureOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('expected a failure, but the call returned');
}
