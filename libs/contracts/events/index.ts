export { asyncApi } from './asyncapi';
export { envelopeDocument, eventSchemaDocument, schemaDigest, schemaDocuments } from './documents';
export { namedSchemas } from './registry';
