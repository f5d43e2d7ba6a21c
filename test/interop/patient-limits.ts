import { QUICK_RECONNECT } from '../support/running-connector';

/** Of a connector that sends nothing twice, and turns nobody away, because the machine pauses. */
export const PATIENT = { ...QUICK_RECONNECT, authWaitMs: 20_000, requestTimeoutMs: 20_000 };
