import { CONTROL, controlSubject, subjectsOf } from './subjects';

describe('subjectsOf', () => {
  const subjects = subjectsOf('test-causeway');

  it('keeps the control plane apart from every subject that an id can make', () => {
    const control = Object.values(CONTROL).map((pattern) =>
      controlSubject('test-causeway', pattern),
    );
    const lastTokens = control.map((subject) => subject.split('.').at(-1) ?? '');
    const made = lastTokens.flatMap((id) => [
      subjects.gatewayPeer(id),
      subjects.gatewayAnswers(id),
    ]);
    for (const subject of [...made, subjects.routerPrepare, subjects.ledgerPartition(0)]) {
      expect(control).not.toContain(subject);
    }
  });

  it('asks where the handlers of the same pattern listen', () => {
    expect(subjects.ledgerList).toBe(controlSubject('test-causeway', CONTROL.ledgerList));
    expect(subjects.peerState).toBe('causeway.test-causeway.gateways.peers');
  });

  it('keeps connectors apart', () => {
    expect(subjectsOf('other').routerPrepare).not.toBe(subjects.routerPrepare);
  });
});
