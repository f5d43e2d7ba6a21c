import { collectDefaultMetrics, Registry } from 'prom-client';

/**
 * The metrics of one process. Register yours on it: `new Counter({ …, registers: [registry] })`.
 * Names are `causeway_<noun>_<unit>`; labels never hold what has no bound, as transfer ids.
 */
export class MetricsRegistry extends Registry {
  constructor(service: string) {
    super();
    this.setDefaultLabels({ service });
    collectDefaultMetrics({ register: this });
  }
}
