export { eventStream } from '#contracts';
