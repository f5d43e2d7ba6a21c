import type { PeerDocument } from './scripted-inside';

/** A peer that dials us with `<id>-secret`, and whose ledger we keep. */
export function dialsUsAs(id: string, change: object = {}): PeerDocument {
  return {
    id,
    socket: 'server',
    token: `${id}-secret`,
    authority: 'admin',
    ledger: {
      prefix: `test.${id}.`,
      currencyCode: 'USD',
      currencyScale: 9,
      maxBalance: '1000000',
    },
    ...change,
  };
}

/** A peer that we dial at `uri`, and that keeps the ledger. */
export function weDialAt(id: string, uri: string, change: object = {}): PeerDocument {
  return {
    id,
    socket: 'client',
    uri,
    authority: 'shadow',
    ledger: { currencyCode: 'USD', currencyScale: 9 },
    ...change,
  };
}
