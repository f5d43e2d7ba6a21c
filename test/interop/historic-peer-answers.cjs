'use strict';

/** The BTP error with which the other side answered, `{code, name, data}`, or undefined: the plugin throws its JSON. */
function btpErrorOf(error) {
  try {
    const answer = JSON.parse(error.message);
    return typeof answer.name === 'string' && typeof answer.code === 'string' ? answer : undefined;
  } catch {
    return undefined;
  }
}

/** Nothing was answered; whether it arrived is unknown, so it may be sent again. */
function isUnanswered(error) {
  if (error.name === 'LinkLost' || error.name === 'TimeoutError' || error.name === 'AbortError')
    return true;
  return /timed out\.?$|not opened|no connection|socket|ECONN|EPIPE/.test(error.message);
}

/** An error of class T says nothing about the transfer: it may be sent again. */
function isTemporary(answer) {
  return answer.code.startsWith('T');
}

module.exports = { btpErrorOf, isTemporary, isUnanswered };
