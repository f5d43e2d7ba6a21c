import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Lets one thing of the log be taken away, by one function: the ILP packet of a transfer that ended
 * long ago. The hash chain covers the packet's digest, which stays, so it holds as before.
 */
export class PrunePackets1795306020000 implements MigrationInterface {
  readonly name = 'PrunePackets1795306020000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [
      'DROP TRIGGER ledger_events_append_only ON public.ledger_events',
      APPEND_ONLY_BUT_PACKETS,
      CREATE_PACKET_REFUSAL,
      PACKETS_ONLY_BY_FUNCTION,
      CREATE_CHANGE_REFUSAL,
      NOTHING_BUT_PRUNING,
      ...TRIGGERS.map(alwaysOn),
      CREATE_PRUNINGS,
      PRUNINGS_APPEND_ONLY,
      CREATE_PRUNE,
      CLOSE_PRUNE,
      GRANT_PRUNE,
    ]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [
      'DROP FUNCTION public.prune_packets(smallint, timestamptz, integer, text)',
      'DROP TABLE public.packet_prunings',
      'DROP TRIGGER ledger_events_only_pruned ON public.ledger_events',
      'DROP TRIGGER ledger_events_packets_kept ON public.ledger_events',
      'DROP TRIGGER ledger_events_append_only ON public.ledger_events',
      'DROP FUNCTION public.refuse_changing_events()',
      'DROP FUNCTION public.refuse_changing_packets()',
      APPEND_ONLY,
      alwaysOn('ledger_events_append_only'),
      `DELETE FROM public.checkpoints WHERE name = 'packet-pruning'`,
    ]) {
      await queryRunner.query(statement);
    }
  }
}

const TRIGGERS = [
  'ledger_events_append_only',
  'ledger_events_packets_kept',
  'ledger_events_only_pruned',
];

// A session may switch ordinary triggers off (session_replication_role); these stay on.
const alwaysOn = (trigger: string): string =>
  `ALTER TABLE public.ledger_events ENABLE ALWAYS TRIGGER ${trigger}`;

const APPEND_ONLY = `
CREATE TRIGGER ledger_events_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON public.ledger_events
  FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_rewriting_history()`;

const APPEND_ONLY_BUT_PACKETS = `
CREATE TRIGGER ledger_events_append_only
  BEFORE DELETE OR TRUNCATE OR UPDATE OF
    ledger_id, version, partition, position, type, schema_version, transfer_id, occurred_at,
    payload, packet_digest, previous_hash, hash
  ON public.ledger_events
  FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_rewriting_history()`;

const CREATE_PACKET_REFUSAL = `
CREATE FUNCTION public.refuse_changing_packets() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF coalesce(current_setting('causeway.pruning', true), '') <> 'on' THEN
    RAISE EXCEPTION '% of %.% refused: the log is append-only',
      TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
      USING ERRCODE = 'restrict_violation',
            HINT = 'Packets are taken away by prune_packets() alone.';
  END IF;
  RETURN NULL;
END
$$`;

const PACKETS_ONLY_BY_FUNCTION = `
CREATE TRIGGER ledger_events_packets_kept
  BEFORE UPDATE OF packet ON public.ledger_events
  FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_changing_packets()`;

// Whoever gets past the statement's guard still cannot do more than take a packet away.
const CREATE_CHANGE_REFUSAL = `
CREATE FUNCTION public.refuse_changing_events() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  pruned public.ledger_events := OLD;
BEGIN
  pruned.packet := NULL;
  IF NEW IS DISTINCT FROM pruned THEN
    RAISE EXCEPTION '% of %.% refused: the log is append-only',
      TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
      USING ERRCODE = 'restrict_violation',
            HINT = 'A packet can be taken away, never changed, and nothing else with it.';
  END IF;
  RETURN NEW;
END
$$`;

const NOTHING_BUT_PRUNING = `
CREATE TRIGGER ledger_events_only_pruned
  BEFORE UPDATE ON public.ledger_events
  FOR EACH ROW EXECUTE FUNCTION public.refuse_changing_events()`;

/** What was taken away, when and by whom: an auditor will ask. */
const CREATE_PRUNINGS = `
CREATE TABLE public.packet_prunings (
  partition     smallint         NOT NULL,
  from_position bigint           NOT NULL,
  to_position   bigint           NOT NULL,
  ended_before  timestamptz(3)   NOT NULL,
  packets       bigint           NOT NULL,
  bytes         bigint           NOT NULL,
  pruned_by     text             NOT NULL,
  pruned_at     timestamptz(3)   NOT NULL DEFAULT now(),
  CONSTRAINT packet_prunings_pkey PRIMARY KEY (partition, from_position),
  CONSTRAINT packet_prunings_forwards CHECK (to_position >= from_position)
)`;

const PRUNINGS_APPEND_ONLY = `
CREATE TRIGGER packet_prunings_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON public.packet_prunings
  FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_rewriting_history()`;

// Goes through a partition once, from where it last came to. A transfer that is still open when it
// is passed keeps its packet for good: few are, and none is worth going back for. An hour is the
// least age, whatever is asked for: what may still be delivered is never touched.
const CREATE_PRUNE = `
CREATE FUNCTION public.prune_packets(
    of_partition smallint, before timestamptz, at_most integer, actor text)
  RETURNS TABLE (examined bigint, packets bigint, bytes bigint)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  since bigint;
  upto bigint;
  cutoff timestamptz := least(before, now() - interval '1 hour');
BEGIN
  INSERT INTO public.checkpoints VALUES ('packet-pruning', of_partition, 0) ON CONFLICT DO NOTHING;
  SELECT c.position INTO since FROM public.checkpoints c
   WHERE c.name = 'packet-pruning' AND c.partition = of_partition FOR UPDATE;
  SELECT max(e.position) INTO upto
    FROM (SELECT l.position, bool_and(l.occurred_at < cutoff) OVER (ORDER BY l.position) AS is_old
            FROM (SELECT position, occurred_at FROM public.ledger_events
                   WHERE partition = of_partition AND position > since
                   ORDER BY position LIMIT at_most) l) e
   WHERE e.is_old;
  IF upto IS NULL THEN
    RETURN QUERY SELECT 0::bigint, 0::bigint, 0::bigint;
    RETURN;
  END IF;
  PERFORM set_config('causeway.pruning', 'on', true);
  WITH old AS (
    SELECT e.ledger_id, e.version, octet_length(e.packet) AS size FROM public.ledger_events e
     WHERE e.partition = of_partition AND e.position > since AND e.position <= upto
       AND e.packet IS NOT NULL AND EXISTS (
         SELECT FROM public.ledger_events f
          WHERE f.ledger_id = e.ledger_id AND f.transfer_id = e.transfer_id
            AND f.type IN ('TransferFulfilled', 'TransferRejected', 'TransferExpired')
            AND f.occurred_at < cutoff)
  ), pruned AS (
    UPDATE public.ledger_events e SET packet = NULL FROM old
     WHERE e.ledger_id = old.ledger_id AND e.version = old.version
    RETURNING old.size
  )
  SELECT count(*), coalesce(sum(size), 0) INTO packets, bytes FROM pruned;
  PERFORM set_config('causeway.pruning', 'off', true);
  INSERT INTO public.packet_prunings
    VALUES (of_partition, since + 1, upto, cutoff, packets, bytes, actor);
  UPDATE public.checkpoints c SET position = upto
   WHERE c.name = 'packet-pruning' AND c.partition = of_partition;
  examined := upto - since;
  RETURN NEXT;
END
$$`;

const CLOSE_PRUNE =
  'REVOKE ALL ON FUNCTION public.prune_packets(smallint, timestamptz, integer, text) FROM PUBLIC';

const GRANT_PRUNE = `
GRANT EXECUTE ON FUNCTION public.prune_packets(smallint, timestamptz, integer, text)
  TO causeway_runtime`;
