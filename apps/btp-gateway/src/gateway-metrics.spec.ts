import { Registry } from 'prom-client';
import { exposeMetrics, GatewayMetrics } from './gateway-metrics';

describe('exposeMetrics', () => {
  it('shows what was counted, and levels as they are when asked', async () => {
    const registry = new Registry();
    const metrics = new GatewayMetrics();
    let sessions = 1;
    exposeMetrics(
      metrics,
      {
        peers: () => 7,
        peersBehind: () => 1,
        sessions: () => sessions,
        unauthenticatedSockets: () => 3,
        pendingInside: () => 4,
        certificateExpiresAtMs: () => 1_500,
      },
      registry,
    );
    metrics.received.prepare += 2;
    metrics.malformed.text += 1;
    metrics.deliveries['loss-suspected'] += 1;
    metrics.lookUps['private-address'] += 1;
    metrics.lookUpMs = 1_250;
    metrics.trials.scale += 1;
    metrics.listed.added += 3;
    sessions = 2;
    await registry.metrics();
    const text = await registry.metrics();
    expect(text).toContain('causeway_gateway_frames_received_total{type="prepare"} 2\n');
    expect(text).toContain('causeway_gateway_frames_received_total{type="fulfill"} 0\n');
    expect(text).toContain('causeway_gateway_frames_malformed_total{reason="text"} 1\n');
    expect(text).toContain('causeway_gateway_deliveries_total{outcome="loss-suspected"} 1\n');
    expect(text).toContain('causeway_gateway_look_ups_total{outcome="private-address"} 1\n');
    expect(text).toContain('causeway_gateway_look_up_seconds_total 1.25\n');
    expect(text).toContain('causeway_gateway_peer_trials_total{outcome="scale"} 1\n');
    expect(text).toContain('causeway_gateway_run_time_peers_total{change="added"} 3\n');
    expect(text).toContain('causeway_gateway_peers 7\n');
    expect(text).toContain('causeway_gateway_peers_behind 1\n');
    expect(text).toContain('causeway_gateway_sessions 2\n');
    expect(text).toContain('causeway_gateway_unauthenticated_sockets 3\n');
    expect(text).toContain('causeway_gateway_pending_inside 4\n');
    expect(text).toContain('causeway_gateway_tls_certificate_expires_seconds 1\n');
  });
});
