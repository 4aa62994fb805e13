// Pulumi requires this folder. A file in TypeScript it would have compiled and checked first, by rules of its own; what
// is imported from here Node runs as it is.
import "./pack.ts";
