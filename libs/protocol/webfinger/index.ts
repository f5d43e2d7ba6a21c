export {
  hostDocument,
  type HostResource,
  type OwnHostResource,
  readHostResource,
} from './host-resource';
export { asksForHost, lookUpUrl, WEBFINGER_PATH } from './look-up';
export { WebFingerError, type WebFingerRule } from './webfinger-error';
