/** Why a host resource is of no use for peering. */
export type WebFingerRule =
  'too-large' | 'not-json' | 'not-an-object' | 'missing' | 'not-text' | 'not-a-uri' | 'not-a-key';

const REASON: Readonly<Record<WebFingerRule, string>> = {
  'too-large': 'is too large',
  'not-json': 'is not JSON',
  'not-an-object': 'is not an object',
  missing: 'is missing',
  'not-text': 'is not a text',
  'not-a-uri': 'is not a URI of the expected scheme',
  'not-a-key': 'is not a key of 32 bytes in base64url, or is all zero',
};

/** Names the member of the document and the rule. */
export class WebFingerError extends Error {
  override readonly name = 'WebFingerError';

  constructor(
    readonly field: string,
    readonly rule: WebFingerRule,
  ) {
    super(`${field} ${REASON[rule]}`);
  }
}
