export {
  ExactJsonError,
  type ExactJsonRule,
  JsonNumber,
  type JsonObject,
  type JsonValue,
  parseExactJson,
} from './exact-json';
export { writeExactJson } from './write-exact-json';
