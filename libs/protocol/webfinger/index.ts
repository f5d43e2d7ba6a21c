export {
  hostDocument,
  type HostResource,
  type OwnHostResource,
  readHostResource,
} from './host-resource';
export { hostnameOf } from './host-name';
export { asksForHost, httpOrigin, lookUpUrl, WEBFINGER_PATH } from './look-up';
export { WebFingerError, type WebFingerRule } from './webfinger-error';
