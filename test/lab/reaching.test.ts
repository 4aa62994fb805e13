import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { docker, removeHosts, type Host } from "../../cli/bench/hosts.ts";
import { servedCertificate } from "../../scripts/machine/certificates.ts";
import { untilWhole } from "./support/cluster.ts";
import { prepareLabHosts } from "./support/labHosts.ts";
import { LabStack } from "./support/labStack.ts";
import { missing } from "./support/pieces.ts";

/** The network by which this computer reaches hosts, and the one that only the hosts have. */
const outer = { name: "lab-reach-host", subnet: "10.77.92.0/24" };
const inner = { name: "lab-reach-inner", subnet: "10.77.93.0/24" };

/** Where the host is that translates addresses for another one, which is on the inner network alone. */
const routerAt = 4;

const addressIn = ({ subnet }: { readonly subnet: string }, number: number) =>
    subnet.replace(/\.\d+\/\d+$/, `.${10 + number}`);

/** Whether a port of an address takes a connection from this computer. */
function answers(host: string, port: number): Promise<boolean> {
    return new Promise((done) => {
        const socket = connect({ host, port, timeout: 1500 });
        const end = (isThere: boolean) => () => {
            socket.destroy();
            done(isThere);
        };
        socket.once("connect", end(true)).once("error", end(false)).once("timeout", end(false));
    });
}

describe.skipIf(missing !== undefined)("hosts that this computer reaches elsewhere", () => {
    const stack = new LabStack("lab-reach");
    const folder = mkdtempSync(join(tmpdir(), "lab-reach-key-"));
    let hosts: readonly Host[] = [];
    let keyFile = "";

    const onHost = (number: number, script: string) =>
        docker(["exec", hosts[number - 1]?.name ?? "", "sh", "-c", script]);

    /** Two hosts with an address of both networks, and one behind a router. */
    const reached: Record<string, string> = {
        "server-1": addressIn(outer, 1),
        "server-2": addressIn(outer, 2),
        "server-3": addressIn(outer, routerAt),
    };

    function configure(withReach = true): void {
        const nodes = Object.entries(reached).map(([name, reach], index) => ({
            name,
            address: addressIn(inner, index + 1),
            ...(withReach ? { reach } : {}),
        }));
        stack.configure({
            driver: "generic",
            driverOptions: { sshUser: "root", sshKey: keyFile },
            servers: nodes,
        });
    }

    /** Ids of the nodes, as their agents have made them: gone with their data. */
    const identities = () =>
        Promise.all(
            [1, 2, 3].map((number) =>
                onHost(number, "cat /var/lib/docker/volumes/consul-data/_data/node-id"),
            ),
        );

    beforeAll(async () => {
        await removeHosts(outer.name);
        await removeHosts(inner.name);
        const place = { prefix: outer.name, subnet: outer.subnet, folder, count: routerAt };
        const prepared = await prepareLabHosts(place);
        ({ hosts, keyFile } = prepared);
        const range = `--subnet=${inner.subnet}`;
        await docker(["network", "create", "--internal", range, inner.name]);
        for (const [index, host] of hosts.entries()) {
            await prepared.start(host);
            const at = `--ip=${addressIn(inner, index + 1)}`;
            await docker(["network", "connect", at, inner.name, host.name]);
        }
        await docker(["network", "disconnect", outer.name, hosts[2]?.name ?? ""]);
        const [from, to] = [addressIn(outer, routerAt), addressIn(inner, 3)];
        const rules = [22, 2376, 8501].map(
            (port) =>
                `iptables -t nat -I PREROUTING -p tcp -d ${from} --dport ${port} -j DNAT --to-destination ${to}`,
        );
        rules.push(
            `iptables -t nat -I POSTROUTING -d ${to} -j MASQUERADE`,
            "iptables -I FORWARD -j ACCEPT",
        );
        // This computer, as it is in the network of the hosts, is let in to nothing there.
        const keptOut = ["INPUT", "DOCKER-USER"].map(
            (chain) => `iptables -I ${chain} -s ${addressIn(inner, -9)} -j DROP`,
        );
        for (const number of [1, 2, 3, routerAt]) {
            await onHost(number, `until docker info >/dev/null 2>&1; do sleep 0.2; done`);
            await onHost(number, keptOut.join(" && "));
        }
        await onHost(routerAt, rules.join(" && "));
        await stack.init();
    });

    afterAll(async () => {
        const ended = await Promise.allSettled([stack.end()]);
        await removeHosts(outer.name);
        await removeHosts(inner.name);
        rmSync(folder, { recursive: true, force: true });
        expect(ended.filter(({ status }) => status === "rejected")).toEqual([]);
    });

    it("are refused by a preview that looks for them at their own addresses", async () => {
        configure(false);
        const { exitCode, output } = await stack.run(stack.words("preview"));
        expect(exitCode).not.toBe(0);
        expect(output).toMatch(
            /server-1 \(root@10\.77\.93\.11:22\): (port 22 does not answer|it is not reached)/,
        );
    });

    it("form a cluster of their own addresses, asked where they are reached", async () => {
        configure();
        await stack.up();
        const outputs = await stack.outputs();
        const { httpAddress, dnsAddress, nodes } = outputs;
        expect(httpAddress).toBe(`https://${reached["server-1"] ?? ""}:8501`);
        expect(dnsAddress).toBe(`${addressIn(inner, 1)}:8600`);
        await untilWhole(outputs);
        const members = await onHost(1, "docker exec consul consul members");
        for (const number of [1, 2, 3]) {
            expect(members).toContain(`${addressIn(inner, number)}:8301`);
            // Whatever answered, it was not reached there.
            expect(await answers(addressIn(inner, number), 22)).toBe(false);
        }
        expect(nodes["server-3"]).toMatchObject({
            address: addressIn(inner, 3),
            httpAddress: `https://${reached["server-3"] ?? ""}:8501`,
            peerHttpAddress: `https://${addressIn(inner, 3)}:8501`,
        });
    });

    it("show certificates for where they are reached", async () => {
        for (const [name, host] of Object.entries(reached)) {
            for (const port of [2376, 8501]) {
                const served = await servedCertificate({ host, port }, 5000);
                expect([name, port, served.checkIP(host)]).toEqual([name, port, host]);
            }
        }
    });

    it("publish what Consul has for machines on their own addresses alone", async () => {
        const published = await onHost(1, "docker port consul");
        const there = published
            .split("\n")
            .filter((line) => line.includes(outer.subnet.slice(0, 8)));
        expect(there).toEqual([`8501/tcp -> ${reached["server-1"] ?? ""}:8501`]);
        expect(await onHost(3, "docker port consul")).not.toContain(outer.subnet.slice(0, 8));
    });

    it("are unchanged by a second up, and by a refresh", async () => {
        await stack.up("--expect-no-changes");
        await stack.must(stack.words("refresh", "--yes", "--skip-preview", "--expect-no-changes"));
    });

    it("keep all data where one is reached elsewhere from now on", async () => {
        const before = await identities();
        const other = addressIn(outer, 88);
        await onHost(2, `ip address add ${other}/24 dev eth0`);
        reached["server-2"] = other;
        configure();
        const preview = await stack.run(stack.words("preview"));
        expect(preview.output).toContain(
            `server-2: its machine is at ${other}, but its certificate is for`,
        );
        await stack.up();
        expect(await identities()).toEqual(before);
        const outputs = await stack.outputs();
        expect(outputs.nodes["server-2"]?.httpAddress).toBe(`https://${other}:8501`);
        await untilWhole(outputs);
        await stack.up("--expect-no-changes");
    });

    it("have nothing of the stack once it is destroyed", async () => {
        await stack.destroy();
        for (const number of [1, 2, 3]) {
            expect(await onHost(number, "docker ps -aq; docker volume ls -q")).toBe("");
        }
    });
});
