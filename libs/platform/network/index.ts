export { bodyWithin, DocumentTooLargeError, openDocument } from './open-document';
export { isPrivateLiteral, PrivateAddressError, publicLookup } from './public-lookup';
