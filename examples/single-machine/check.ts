import { z } from "zod";
import type { ConsulClient } from "../../scripts/consul/consulClient.ts";
import { readBody } from "../../scripts/system/http.ts";
import { eventually, nodesOf, onMachine, type RunningExample } from "../../cli/example/check.ts";

const catalogSchema = z.array(z.object({ Node: z.string() }));

const containersSchema = z.array(
    z.object({
        Names: z.array(z.string()),
        Ports: z.array(z.object({ IP: z.string().optional(), PublicPort: z.number().optional() })),
    }),
);

/** The catalog has four nodes and the service `consul` on three servers, the UI answers, and of all ports only
 * those of the first server are published, on the machine's address. */
export async function check({ outputs, folder, clients, tell }: RunningExample): Promise<void> {
    const nodes = nodesOf(outputs);
    const { httpAddress, uiUrl } = z
        .object({ httpAddress: z.string(), uiUrl: z.string() })
        .parse(outputs);

    const names = Object.keys(nodes).sort();
    const agent = clients.of(names[0] ?? "");
    await expectCatalog(agent, "nodes", names);
    tell(`${names.length} nodes: ${names.join(", ")}`);
    const servers = names.filter((name) => nodes[name]?.role === "server");
    await expectCatalog(agent, "service/consul", servers);
    tell(`the service consul is on ${servers.length} servers: ${servers.join(", ")}`);

    const { Servers } = await agent.health();
    const healthy = Servers.filter(({ Voter, Healthy }) => Voter && Healthy);
    if (healthy.length !== servers.length) {
        throw new Error(`${healthy.length} of ${servers.length} servers vote and are healthy`);
    }
    const page = await readBody(await agent.send(new URL(uiUrl).pathname));
    if (!page.includes("<title>Consul")) {
        throw new Error(`${uiUrl} is not Consul's UI`);
    }
    tell(`all servers vote; the UI is at ${uiUrl}`);

    const { hostname, port: apiPort } = new URL(httpAddress);
    const engine = await onMachine(folder, nodes[names[0] ?? ""]?.machine ?? "");
    const containers = containersSchema.parse(await engine.ask("/containers/json"));
    const published = containers.flatMap(({ Names, Ports }) =>
        Ports.filter(({ PublicPort }) => PublicPort !== undefined).map(
            ({ IP, PublicPort }) => `${Names[0] ?? ""} ${IP ?? ""}:${PublicPort ?? ""}`,
        ),
    );
    const found = [...new Set(published)].sort();
    const expected = [apiPort, 8600].map((port) => `/${names[0] ?? ""} ${hostname}:${port}`);
    if (found.join() !== expected.join()) {
        throw new Error(`published are ${found.join(", ")}; expected ${expected.join(", ")}`);
    }
    tell(`published is the HTTP and DNS of ${names[0] ?? ""} on ${hostname}, and nothing else`);
}

/** Throws unless the catalog lists exactly these nodes. */
async function expectCatalog(
    agent: ConsulClient,
    what: string,
    names: readonly string[],
): Promise<void> {
    await eventually(`${what}: ${names.join(", ")}`, 20, async () => {
        const answer = await agent.get<unknown>(`/v1/catalog/${what}`);
        const listed = catalogSchema.parse(answer).map(({ Node }) => Node);
        if (listed.sort().join() !== names.join()) {
            throw new Error(`it lists ${listed.join(", ") || "none"}`);
        }
    });
}
