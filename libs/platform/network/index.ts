export { isPrivateLiteral, PrivateAddressError, publicLookup } from './public-lookup';
