export { startProviders, type StartedProviders } from "./start.ts";
