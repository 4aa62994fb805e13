import { enableCompileCache } from "node:module";

/*
 * What the stack's Commands run: run.ts, with Node's compile cache. Plain JavaScript: before its first file of
 * TypeScript Node loads what strips the types, which takes longer than most scripts run; of later files the
 * cache keeps the outcome. A cluster runs some six scripts per node.
 */
enableCompileCache();

await import("./run.ts");
