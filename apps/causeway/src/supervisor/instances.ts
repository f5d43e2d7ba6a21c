/** The services in the order in which they are drained: who brings work in goes first, who writes last. */
export const SERVICES = ['btp-gateway', 'router', 'quoter', 'console', 'ledger'] as const;
export type Service = (typeof SERVICES)[number];

const SHORT_NAMES: Readonly<Record<string, Service>> = { gateway: 'btp-gateway' };
const MAX_INSTANCES = 64;
/** A service that cannot share its work: each process would listen on the same address. */
const ALONE: readonly Service[] = ['console'];

export type Instances = Readonly<Record<Service, number>>;

export const ONE_OF_EACH: Instances = {
  'btp-gateway': 1,
  router: 1,
  quoter: 1,
  console: 1,
  ledger: 1,
};

/**
 * Reads `router=2,ledger=2`. Services not named run once.
 * @throws RangeError naming the part and the rule.
 */
export function parseInstances(text: string): Instances {
  const instances: Record<Service, number> = { ...ONE_OF_EACH };
  for (const part of text.split(',').filter((piece) => piece !== '')) {
    const [name = '', count = ''] = part.split('=');
    const service = serviceNamed(name);
    instances[service] = countFrom(part, count);
    if (instances[service] > 1 && ALONE.includes(service)) {
      throw new RangeError(`--instances: ${name} runs as one process in this version`);
    }
  }
  return instances;
}

/**
 * A service by the name that operators use.
 * @throws RangeError
 */
export function serviceNamed(name: string): Service {
  const service = SHORT_NAMES[name] ?? SERVICES.find((known) => known === name);
  if (service !== undefined) return service;
  throw new RangeError(
    `unknown service "${name}"; known are gateway, ${SERVICES.slice(1).join(', ')}`,
  );
}

function countFrom(part: string, count: string): number {
  const number = /^\d{1,2}$/.test(count) ? Number(count) : 0;
  if (number >= 1 && number <= MAX_INSTANCES) return number;
  throw new RangeError(`--instances: "${part}" must give a count from 1 to ${MAX_INSTANCES}`);
}
