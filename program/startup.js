import { enableCompileCache } from "node:module";

/*
 * Node loads this file before Pulumi's runner; Pulumi.yaml names it. Pulumi's SDK is some hundred files,
 * and compiling them takes a third of a preview's time. The cache keeps the result on disk, unless
 * NODE_DISABLE_COMPILE_CACHE is set. Plain JavaScript: TypeScript would load the type stripper first.
 */
enableCompileCache();

/*
 * Pulumi's SDK asks the CLI by gRPC, on this computer's loopback. Its gRPC library would take that to a proxy as well, where
 * the shell has one in lower case and does not except the loopback.
 */
process.env.no_grpc_proxy = "127.0.0.1,localhost";
