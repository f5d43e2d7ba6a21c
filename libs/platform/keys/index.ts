export { keptSigningKey, readSigningKey, SigningKeyError } from './signing-key';
