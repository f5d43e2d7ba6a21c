import type { OrderRefused } from '#contracts';
import type { OrderRefusal } from '#domain/ledger';

type Of<Kind extends OrderRefusal['kind']> = Extract<OrderRefusal, { readonly kind: Kind }>;

/** Why an order was refused, for the operator who gave it: field, rule, and both figures. */
export function orderRefused(refusal: OrderRefusal): OrderRefused {
  switch (refusal.kind) {
    case 'InvalidLimits':
    case 'InvalidThresholds':
    case 'InvalidText':
      return invalidField(refusal);
    case 'LedgerNotFound':
      return plain(refusal, `there is no ledger ${refusal.ledgerId}`);
    case 'LedgerClosed':
      return plain(refusal, `ledger ${refusal.ledgerId} is closed for ever`);
    case 'NothingToReconcile':
      return plain(refusal, `ledger ${refusal.ledgerId} has no difference to reconcile`);
    case 'TransfersOpen': {
      const { open } = refusal;
      const message = `transfers: ${open} are still open, 0 must be; drain the ledger first`;
      return plain(refusal, message, { open });
    }
    case 'AmountOutOfRange': {
      const { amount, maximum } = refusal;
      return ofField(refusal, ['amount', 'out-of-range'], {
        message: `amount: ${amount} must be from 1 to ${maximum}`,
        figures: { amount, minimum: 1n, maximum },
      });
    }
    case 'SumOutOfRange': {
      const { sum, maximum } = refusal;
      return ofField(refusal, ['amount', 'sum-out-of-range'], {
        message: `amount: the sum of what was settled would be ${sum}, at most ${maximum} can be`,
        figures: { sum, maximum },
      });
    }
    case 'BalanceNotAcknowledged':
      return notAcknowledged(refusal);
    case 'BalanceMoved':
      return moved(refusal);
    case 'ReferenceInUse':
    case 'SettlementNotFound':
    case 'AlreadyReversed':
      return aboutReference(refusal);
  }
}

const RULES: Readonly<Record<Of<'InvalidLimits' | 'InvalidThresholds'>['rule'], string>> = {
  'out-of-range': 'is beyond any balance that can be counted,',
  'must-not-be-positive': 'must not be above',
  'must-not-be-below-min-balance': 'must not be below minBalance, which is',
  'must-be-below-high': 'must be below high, which is',
  'must-lie-between': 'must lie between low and high, and is not on the right side of',
};

function invalidField(
  refusal: Of<'InvalidLimits' | 'InvalidThresholds' | 'InvalidText'>,
): OrderRefused {
  if (refusal.kind === 'InvalidText') return invalidText(refusal);
  const { field, rule, value, bound } = refusal;
  return ofField(refusal, [field, rule], {
    message: `${field}: ${value} ${RULES[rule]} ${bound}`,
    figures: { value, bound },
  });
}

function invalidText(refusal: Of<'InvalidText'>): OrderRefused {
  const { field, rule, length, maximum } = refusal;
  const texts: Readonly<Record<typeof rule, string>> = {
    'must-not-be-empty': `must not be empty, 1 to ${maximum} characters`,
    'too-long': `has ${length} characters, at most ${maximum} are kept`,
    'not-printable': 'must have no control characters',
  };
  return ofField(refusal, [field, rule], {
    message: `${field}: ${texts[rule]}`,
    figures: { length, maximum },
  });
}

function notAcknowledged(refusal: Of<'BalanceNotAcknowledged'>): OrderRefused {
  const { balance, acknowledged } = refusal;
  return ofField(refusal, ['balance', 'must-be-the-balance'], {
    message:
      `balance: ${acknowledged} was acknowledged, but the balance is ${balance}; ` +
      'settle it, or acknowledge it',
    figures: { balance, acknowledged },
  });
}

function moved(refusal: Of<'BalanceMoved'>): OrderRefused {
  const { read, now } = refusal;
  return ofField(refusal, ['theirs', 'must-be-their-figure'], {
    message: `theirs: ${read} is not the other side's figure, which is ${now} now`,
    figures: { read, now },
  });
}

function aboutReference(
  refusal: Of<'ReferenceInUse' | 'SettlementNotFound' | 'AlreadyReversed'>,
): OrderRefused {
  const quoted = JSON.stringify(refusal.reference);
  switch (refusal.kind) {
    case 'ReferenceInUse':
      return ofField(refusal, ['reference', 'already-used'], {
        message: `reference: ${quoted} was used for something else on this ledger`,
      });
    case 'SettlementNotFound':
      return ofField(refusal, ['reverses', 'not-a-settlement'], {
        message: `reverses: there is no settlement ${quoted} on this ledger`,
      });
    case 'AlreadyReversed':
      return ofField(refusal, ['reverses', 'already-reversed'], {
        message: `reverses: ${quoted} was reversed already, by ${JSON.stringify(refusal.by)}`,
      });
  }
}

type Figures = Readonly<Record<string, bigint | number>>;

function plain({ kind }: OrderRefusal, message: string, figures: Figures = {}): OrderRefused {
  return { kind, message, field: null, rule: null, figures: asText(figures) };
}

function ofField(
  { kind }: OrderRefusal,
  [field, rule]: readonly [string, string],
  { message, figures = {} }: { readonly message: string; readonly figures?: Figures },
): OrderRefused {
  return { kind, message, field, rule, figures: asText(figures) };
}

function asText(figures: Figures): Record<string, string> {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, String(value)]));
}
