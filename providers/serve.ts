import { commandPackage } from "./command/commandPackage.ts";
import { dockerPackage } from "./docker/dockerPackage.ts";
import { ProviderServer } from "./protocol/providerServer.ts";

/**
 * Serves the providers until standard input ends. Its one line of output is the value for the engine's
 * `PULUMI_DEBUG_PROVIDERS`: `docker:PORT,command:PORT`.
 */
const packages = [dockerPackage, commandPackage];
const servers = packages.map((served) => new ProviderServer(served));
const ports = await Promise.all(servers.map((server) => server.listen()));
console.log(packages.map(({ name }, index) => `${name}:${ports[index] ?? 0}`).join(","));

process.stdin.on("end", () => {
    servers.forEach((server) => {
        server.close();
    });
    process.exit();
});
process.stdin.resume();
