export * from './control-plane';
export { eventJson } from './event-json';
export * from './hot-messages';
export { decodeHot, encodeHot, UnreadableMessageError } from './hot-codec';
export { DEFAULT_PARTITIONS, partitionOf } from './partition';
export { CONTROL, controlSubject, eventSubject, subjectsOf, type Subjects } from './subjects';
