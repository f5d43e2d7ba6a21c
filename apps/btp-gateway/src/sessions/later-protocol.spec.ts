import { anIlpPayment } from '#testing';
import { authMessage, ilpEntry, numberRequest, octetEntry } from '#protocol';
import { RequestsKit } from '../../../../test/support/gateway/requests-kit';
import { SessionKit } from '../../../../test/support/gateway/session-kit';

/** A Transfer of BTP/2.0: amount and no protocol data. */
const transfer = Buffer.from('0700000005' + '0a' + '0000000000000001' + '0100', 'hex');

describe('a peer that speaks BTP/2.0', () => {
  it.each([12, 13, 14])(
    'is told by one Error what we speak, for each ILPv4 packet of type %i',
    (type) => {
      const kit = new RequestsKit();
      const packet = Buffer.from([type, 1, 0]);
      kit.message(ilpEntry(packet));
      kit.message(octetEntry('custom', Buffer.alloc(0)), ilpEntry(packet));
      const answers = kit.wire.all('error');
      expect(answers.map(({ code, name, requestId }) => [code, name, requestId])).toEqual([
        ['F00', 'NotAcceptedError', 5],
        ['F00', 'NotAcceptedError', 5],
      ]);
      expect(kit.wire.sent).toHaveLength(2);
      for (const { data } of answers) {
        expect(data.toString()).toMatch(/BTP\/2\.0 \/ ILPv4.*BTP\/1\.0 and BTP\/alpha/);
      }
    },
  );

  it.each([1, 2, 8, 11, 15])('is not who sends an ILP packet of type %i', async (type) => {
    const kit = new RequestsKit();
    kit.message(ilpEntry(Buffer.from([type, 1, 0])));
    await Promise.resolve();
    expect(kit.metrics.malformed['later-protocol']).toBe(0);
    expect(kit.wire.all('error')).toEqual([]);
  });

  it('is not who sends an ILP packet without a byte, or one of ours in a Prepare', () => {
    const kit = new RequestsKit();
    kit.message(ilpEntry(Buffer.alloc(0)));
    kit.message(ilpEntry(anIlpPayment()));
    expect(kit.metrics.malformed['later-protocol']).toBe(0);
  });

  it('hears nothing to a Transfer, which is counted by itself', () => {
    const kit = new SessionKit();
    kit.session.receive(transfer);
    kit.session.receive(Buffer.from('09000000010100', 'hex'));
    expect(kit.wire.sent).toEqual([]);
    expect(kit.requests).toEqual([]);
    expect(kit.metrics.malformed).toMatchObject({ 'later-protocol': 1, unreadable: 1 });
  });

  it('is named to operators once for either, whatever it goes on sending', () => {
    const kit = new RequestsKit();
    for (let times = 0; times < 3; times += 1) {
      kit.session.receive(transfer);
      kit.message(ilpEntry(Buffer.from([12, 1, 0])));
    }
    expect(kit.metrics.malformed['later-protocol']).toBe(6);
    const warnings = kit.log.lines.filter(({ level }) => level === 'warn');
    const message = expect.stringContaining('BTP/2.0') as string;
    expect(warnings).toEqual([
      { level: 'warn', fields: { peer: 'alice', what: 'transfer' }, message },
      { level: 'warn', fields: { peer: 'alice', what: 'ilp' }, message },
    ]);
  });

  it('is served in what else it says', () => {
    const kit = new RequestsKit();
    kit.session.receive(transfer);
    kit.receive(authMessage(9, '', 'secret'));
    expect(kit.wire.last).toEqual({ type: 'response', requestId: 9, protocolData: [] });
    kit.message(numberRequest('balance'));
    expect(kit.link.all('balance-asked')).toHaveLength(1);
  });
});
