'use strict';
/*
 * The called end of CalledProcess: does over Node's IPC channel what its caller says, answers each call once, and ends
 * with the caller. Ctrl-C reaches the whole foreground group: the caller ends us when it is ready to.
 */

/** Something happened that nobody asked for. */
function tell(message) {
  if (process.connected) process.send(message, () => undefined);
}

/** @param calls by name: what can be asked for; each takes one argument and may be async */
function answerCalls(calls) {
  process.on('message', async ({ id, call, argument }) => {
    try {
      const result = await calls[call](argument);
      tell({ id, ok: true, result: result ?? null });
    } catch (error) {
      tell({ id, ok: false, error: `${error.name}: ${error.message}` });
    }
  });
  process.on('disconnect', () => process.exit(0));
  process.on('SIGINT', () => undefined);
}

/**
 * Programs of that time let errors fall where nobody listens, and the Node of that time warned and went on; today's
 * would end the process.
 * @param report told what fell
 */
function surviveWeaknesses(report) {
  for (const weakness of ['unhandledRejection', 'uncaughtException']) {
    process.on(weakness, (reason) => report(`${weakness}: ${reason?.message ?? reason}`));
  }
}

module.exports = { answerCalls, surviveWeaknesses, tell };
