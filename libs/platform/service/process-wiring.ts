import {
  loadConfiguration,
  processEnvironment,
  PROCESS_WIRING,
  type Configuration,
  type ConfigurationSource,
  ConfigurationError,
} from '../config';

export interface ProcessWiring {
  readonly configuration: Configuration;
  readonly instance: string | undefined;
  readonly processIndex: number | undefined;
  /** The supervisor hands it connections; it does not listen for them. */
  readonly takesHandedSockets: boolean;
}

/**
 * What whoever started this process wants it to be: the merged document (`CAUSEWAY_CONFIG_JSON`) or
 * a file (`CAUSEWAY_CONFIG`), the name of the instance, its number among all processes.
 * @throws ConfigurationError
 */
export function readWiring(env = processEnvironment()): ProcessWiring {
  const json = env[PROCESS_WIRING.configJson];
  const source: ConfigurationSource =
    json === undefined
      ? { file: env[PROCESS_WIRING.configFile], env }
      : { document: parseJson(json), env };
  const index = env[PROCESS_WIRING.processIndex];
  return {
    configuration: loadConfiguration(source),
    instance: env[PROCESS_WIRING.instance],
    processIndex: index !== undefined && /^\d{1,4}$/.test(index) ? Number(index) : undefined,
    takesHandedSockets: env[PROCESS_WIRING.handedSockets] === '1',
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const key = PROCESS_WIRING.configJson;
    throw new ConfigurationError([{ file: 'environment', key, rule: 'is not JSON' }]);
  }
}
