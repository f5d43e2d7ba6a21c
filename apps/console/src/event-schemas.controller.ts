import { Controller, Get, Header, NotFoundException, Param } from '@nestjs/common';
import {
  asyncApi,
  connectorEnvelopeDocument,
  envelopeDocument,
  eventSchemaDocument,
  namedSchemas,
} from '#contracts';

/** The catalogue of events that this very version publishes; the same as docs/events. */
@Controller('events')
export class EventSchemasController {
  @Get('schemas')
  list(): unknown {
    const schemas = namedSchemas().map(({ type, version, summary }) => ({
      type,
      version,
      summary,
      schema: `/events/schemas/${type}/${version}`,
    }));
    return {
      envelope: '/events/schemas/CloudEvent/1',
      connectorEnvelope: '/events/schemas/ConnectorCloudEvent/1',
      schemas,
    };
  }

  @Get('schemas/:type/:version')
  @Header('content-type', 'application/schema+json; charset=utf-8')
  schema(@Param('type') type: string, @Param('version') version: string): unknown {
    const number = /^[1-9]\d{0,4}$/.test(version) ? Number(version) : 0;
    if (type === 'CloudEvent' && number === 1) return envelopeDocument();
    if (type === 'ConnectorCloudEvent' && number === 1) return connectorEnvelopeDocument();
    const document = eventSchemaDocument(type, number);
    if (document === undefined) {
      throw new NotFoundException(`there is no version ${version} of an event ${type}`);
    }
    return document;
  }

  @Get('asyncapi.yaml')
  @Header('content-type', 'application/yaml; charset=utf-8')
  asyncApi(): string {
    return asyncApi();
  }
}
