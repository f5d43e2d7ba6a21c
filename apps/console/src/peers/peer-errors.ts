import { type HttpException, HttpStatus } from '@nestjs/common';
import type { LedgerOpenReply } from '#contracts';
import type { ProposalError } from '#domain/peering';
import type { PeerRegistryError } from '#peers';
import type { PeerProblem } from '#platform';
import { type Failure, failure } from '../failure';

/** 422: the text that came from the other operator cannot be used. */
export function unusableProposal({ field, rule, message }: ProposalError): HttpException {
  const kind = 'InvalidProposal';
  return failure(HttpStatus.UNPROCESSABLE_ENTITY, { kind, message, field, rule });
}

/** 422: it is not what the operator said to expect; nothing of what we have in common is agreed. */
export function unexpected(field: string, is: string, expected: string): HttpException {
  const message = `${field} is ${is}, not ${expected} as expected`;
  const kind = 'InvalidProposal';
  return failure(HttpStatus.UNPROCESSABLE_ENTITY, {
    kind,
    message,
    field,
    rule: 'not-as-expected',
  });
}

/** 422: what is said of the peer contradicts itself, or cannot be read. */
export function unreadablePeer(problems: readonly PeerProblem[]): HttpException {
  return failure(HttpStatus.UNPROCESSABLE_ENTITY, told('InvalidPeer', problems));
}

/** 409: somebody else has the id, the prefix, the credentials or the host. */
export function peerInTheWay(problems: readonly PeerProblem[]): HttpException {
  return failure(HttpStatus.CONFLICT, told('PeerConflict', problems));
}

function told(kind: string, problems: readonly PeerProblem[]): Failure {
  const message = problems
    .map(({ field, rule }) => (field === '' ? rule : `${field} ${rule}`))
    .join('; ');
  return { kind, message, problems };
}

/** 409: the log has another ledger of this id, or one with these addresses. */
export function ledgerInTheWay(
  conflict: Pick<Extract<LedgerOpenReply, { outcome: 'conflict' }>, 'field' | 'stored' | 'wanted'>,
): HttpException {
  const { field, stored, wanted } = conflict;
  const message = `${field} cannot be ${wanted}: the log has ${stored}`;
  return failure(HttpStatus.CONFLICT, { kind: 'LedgerConflict', message, field, rule: 'in-use' });
}

/** 409: a ledger of this id was closed, and stays so. */
export function ledgerIsOver(ledger: string): HttpException {
  const message = `id must be another one: the ledger ${ledger} was closed, and stays so`;
  return failure(HttpStatus.CONFLICT, {
    kind: 'LedgerConflict',
    message,
    field: 'id',
    rule: 'closed',
  });
}

/** 409: something has to stand in the configuration first. */
export function notConfigured(field: string, purpose: string): HttpException {
  const message = `${field} must stand in the configuration ${purpose}`;
  return failure(HttpStatus.CONFLICT, { kind: 'NotConfigured', message, field, rule: 'missing' });
}

const NOT_REACHED = {
  PeerNotReached: 'the peer cannot be added',
  HostNotFound: 'the host cannot be peered with',
} as const;

/** 409: asked by us, the other connector, or its host, did not say what it takes. */
export function peerFailed(
  kind: keyof typeof NOT_REACHED,
  { rule, message: why }: { readonly rule: string; readonly message: string },
): HttpException {
  const message = `${NOT_REACHED[kind]} (${rule}): ${why}`;
  return failure(HttpStatus.CONFLICT, { kind, message, rule });
}

/** 409: it cannot be done with this peer, ever. */
export function notForThisPeer(field: string, rule: string, message: string): HttpException {
  return failure(HttpStatus.CONFLICT, { kind: 'PeerRefused', message, field, rule });
}

export function unknownPeer(peer: string): HttpException {
  const message = `there is no peer ${peer}`;
  return failure(HttpStatus.NOT_FOUND, { kind: 'PeerNotFound', message });
}

/** 503: nothing has happened. */
export function gatewayUnavailable(why: string): HttpException {
  const message = `no gateway can find out about the peer now, nothing has happened: ${why}`;
  return failure(HttpStatus.SERVICE_UNAVAILABLE, { kind: 'GatewayUnavailable', message });
}

/** 404 for a peer that there is not, 422 for what cannot be read, else 409: something is in the way. */
export function refusedByRegistry({ rule, field, message }: PeerRegistryError): HttpException {
  const named = { message, field: field.replace(/^peer\.(?:ledger\.)?/, ''), rule };
  switch (rule) {
    case 'not-there':
      return failure(HttpStatus.NOT_FOUND, { kind: 'PeerNotFound', ...named });
    case 'unfit':
    case 'wrong-credentials':
      return failure(HttpStatus.UNPROCESSABLE_ENTITY, { kind: 'InvalidPeer', ...named });
    case 'already-there':
    case 'conflict':
      return failure(HttpStatus.CONFLICT, { kind: 'PeerConflict', ...named });
    case 'in-configuration':
      return failure(HttpStatus.CONFLICT, { kind: 'PeerRefused', ...named });
  }
}
