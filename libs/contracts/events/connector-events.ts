import { aboutConnector } from './event-schema';
import { type JsonSchema, ledgerId, object, oneOf, text } from './json-schema';

const BY = text('Who gave the order');
const PEER_ID = ledgerId('Id of the peer, which is that of the ledger with it');

/** Open, for the configuration grows: what it may never hold is what the peer or we present. */
const PEER: JsonSchema = {
  type: 'object',
  properties: {
    id: PEER_ID,
    authority: oneOf(['admin', 'shadow', 'symmetric', 'validated'], 'Who decides on the ledger'),
    ledger: { type: 'object', description: 'Currency, and what else is known of the ledger' },
    token: false,
    tokenSha256: false,
  },
  required: ['id', 'authority', 'ledger'],
  additionalProperties: true,
  description:
    'The peer as an entry of "peers" in the configuration, without anything secret: no token, no ' +
    'digest of one, and in "uri" no credentials',
};

const CURRENCY = {
  currencyCode: { type: 'string', pattern: '^[A-Z]{3}$', description: 'Currency' },
  currencyScale: {
    type: 'integer',
    minimum: -9,
    maximum: 18,
    description: 'Decimal places of the base unit',
  },
} satisfies Record<string, JsonSchema>;

export const PEER_ADDED = aboutConnector(
  'A peer was added while the connector ran',
  object({ by: BY, peer: PEER }),
);

export const PEER_TOKEN_ROTATED = aboutConnector(
  'What a peer presents, or we to it, is another from now on',
  object({ by: BY, peerId: PEER_ID }),
);

export const PEER_REMOVED = aboutConnector(
  'A peer that was added while the connector ran is no peer any more',
  object({
    by: BY,
    ledger: oneOf(
      ['closed', 'kept', 'none'],
      'closed: for ever; kept: paused, for its return; none: there was none yet',
    ),
    peerId: PEER_ID,
    reason: text('Why'),
  }),
);

export const PEERING_PROPOSED = aboutConnector(
  'The operator of another connector was asked to peer with us',
  object({ by: BY, ...CURRENCY, hostname: text('Of that connector, host or host:port') }),
);
