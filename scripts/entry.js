import { enableCompileCache } from "node:module";

/*
 * What the stack's Commands start: run.ts, after what makes it start sooner. Plain JavaScript, for before
 * its first file of TypeScript Node loads what takes the types off, which takes longer than all that most
 * scripts do; of later files it keeps the outcome. A cluster is some six scripts per node.
 */
enableCompileCache();

await import("./run.ts");
