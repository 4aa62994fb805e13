import { Resolver } from "node:dns/promises";
import { connect } from "node:net";
import { z } from "zod";
import { execute } from "../../scripts/docker/container.ts";
import type { EngineApi } from "../../scripts/docker/engineApi.ts";
import { eventually, nodesOf, onMachine, type RunningExample } from "../../cli/example/check.ts";

const outputsSchema = z.object({
    resolver: z.string(),
    otherName: z.string(),
    recursors: z.array(z.string()),
    serverUrl: z.string(),
});

const bridgeSchema = z.object({
    IPAM: z.object({ Config: z.array(z.object({ Gateway: z.string().optional() })) }),
});

const portsSchema = z.object({
    NetworkSettings: z.object({
        Ports: z.record(
            z.string(),
            z.array(z.object({ HostIp: z.string(), HostPort: z.string() })).nullable(),
        ),
    }),
});

/** Containers beside an agent resolve Consul's names and others, by both protocols, and port 53 is open to
 * them alone. */
export async function check({ outputs, folder, tell }: RunningExample): Promise<void> {
    const { resolver, otherName, recursors, serverUrl } = outputsSchema.parse(outputs);
    const nodes = nodesOf(outputs);
    const { machine = "", address = "" } = nodes["client-1"] ?? {};
    const engine = await onMachine(folder, machine);

    const { IPAM } = bridgeSchema.parse(await engine.ask("/networks/bridge"));
    if (IPAM.Config[0]?.Gateway !== resolver) {
        throw new Error(`the bridge is at ${IPAM.Config[0]?.Gateway ?? "?"}, not at ${resolver}`);
    }
    await checkBindings(engine, address, resolver);
    tell(
        `port 53, udp and tcp, is bound to ${resolver}, the bridge of ${machine}, and to no other`,
    );

    for (const protocol of ["udp", "tcp"]) {
        const said = await eventually(`consul.service.consul by ${protocol}`, 20, () =>
            info(engine, `asks-${protocol}`, serverUrl),
        );
        if (!said.includes(`leader_addr = ${nodes["server-1"]?.address ?? ""}:`)) {
            throw new Error(`asks-${protocol} was answered by another cluster: ${said}`);
        }
        tell(`a container on ${machine} finds consul.service.consul by ${protocol}`);
    }
    await checkOther(engine, otherName, recursors, tell);
}

/** Where the agent's container has its DNS port. */
async function checkBindings(engine: EngineApi, address: string, resolver: string): Promise<void> {
    const { NetworkSettings } = portsSchema.parse(await engine.ask("/containers/consul/json"));
    const bound = Object.entries(NetworkSettings.Ports).flatMap(([port, bindings]) =>
        (bindings ?? [])
            .filter(({ HostPort }) => HostPort === "53")
            .map(({ HostIp }) => `${HostIp} ${port}`),
    );
    const expected = [`${resolver} 8600/tcp`, `${resolver} 8600/udp`];
    if (bound.sort().join() !== expected.join()) {
        throw new Error(`port 53 is bound to ${bound.join(", ")}; expected ${expected.join(", ")}`);
    }
    if (await isOpen(address, 53)) {
        throw new Error(`port 53 is open at ${address}, where every other machine reaches it`);
    }
}

function isOpen(host: string, port: number): Promise<boolean> {
    return new Promise((done) => {
        const socket = connect({ host, port, timeout: 1000 });
        const end = (open: boolean) => () => {
            socket.destroy();
            done(open);
        };
        socket.once("connect", end(true)).once("error", end(false)).once("timeout", end(false));
    });
}

/** What the agent at this URL says of itself; throws where the command fails. */
async function info(engine: EngineApi, container: string, url: string): Promise<string> {
    const command = ["consul", "info", `-http-addr=${url}`];
    const { exitCode, output } = await execute(engine, container, command);
    if (exitCode !== 0) {
        throw new Error(output);
    }
    return output;
}

/** A name that is not Consul's resolves, where the recursors know it. */
async function checkOther(
    engine: EngineApi,
    name: string,
    recursors: readonly string[],
    tell: (line: string) => void,
): Promise<void> {
    // No Consul is there; the error says to which address the request went. It is not to get the container's token.
    const command = ["consul", "info", `-http-addr=http://${name}:80`, "-token=none"];
    const { output } = await execute(engine, "asks-udp", command);
    const said = output.replaceAll(/\s+/g, " ");
    const where = recursors.join(", ");
    if (/dial tcp \d|response code/i.test(said)) {
        tell(`and ${name}, by way of ${where}: ${said}`);
        return;
    }
    const direct = new Resolver({ timeout: 2000, tries: 2 });
    direct.setServers(recursors);
    const known = await direct.resolve4(name).catch(() => []);
    if (known.length > 0) {
        throw new Error(`${name}: ${where} knows it, and a container does not find it: ${said}`);
    }
    tell(`not checked: ${where} tells this computer no address of ${name} either`);
}
