import { boundedError, encodeIlp, type IlpError, shortenErrorData } from '#protocol';

const MOST_BYTES = 2_048;
const DATA_BYTES = 512;

/**
 * An ILP error as it is remembered beside the question that it answers, and shared with all processes.
 * Thousands of them are kept, so a long one is passed on without those who passed it on before, and
 * with the beginning of its data.
 */
export function rememberedError(error: IlpError): IlpError {
  const bounded = boundedError(error);
  if (encodeIlp(bounded).length <= MOST_BYTES) return bounded;
  return { ...bounded, forwardedBy: [], data: shortenErrorData(error.data, DATA_BYTES) };
}
