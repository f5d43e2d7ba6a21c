export * from './config';
export * from './health';
export * from './infrastructure';
export * from './keys';
export * from './logging';
export * from './metrics';
export * from './service';
export * from './shutdown';
