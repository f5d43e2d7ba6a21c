export { asyncApi } from './asyncapi';
export {
  connectorEnvelopeDocument,
  envelopeDocument,
  eventSchemaDocument,
  schemaDigest,
  schemaDocuments,
} from './documents';
export { namedSchemas } from './registry';
