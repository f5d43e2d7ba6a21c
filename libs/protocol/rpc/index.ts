export {
  type RpcCall,
  type RpcMethod,
  rpcMethod,
  rpcParams,
  type RpcSetting,
  readRpcCall,
  writeRpcCall,
} from './rpc-call';
export { RpcFieldError, type RpcRule } from './rpc-field-error';
export { rpcBody } from './rpc-json';
export type { RpcLedger } from './rpc-members';
export { readRpcRefusal, readRpcResult, type RpcRefusal, writeRpcResult } from './rpc-result';
