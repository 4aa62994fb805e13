import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { docker, removeHosts, type Host } from "../../cli/bench/hosts.ts";
import { get, put, servers, untilWhole } from "./support/cluster.ts";
import { prepareLabHosts } from "./support/labHosts.ts";
import { LabStack } from "./support/labStack.ts";
import { OutsideClient } from "./support/outsideClient.ts";
import { labImage, missing } from "./support/pieces.ts";
import { until } from "./support/realAgents.ts";

const prefix = "lab-adopting-host";
const subnet = "10.77.97.0/24";

/** How each host's Consul was made: its container, where its data are, and its restart policy. */
const handmade = [
    { container: "consul", data: "consul-data", restart: "unless-stopped" },
    { container: "my-consul", data: "data", restart: "always" },
    { container: "old.consul", data: "/srv/consul", restart: "no" },
] as const;

describe.skipIf(missing !== undefined)("a cluster that somebody has made by hand", () => {
    const stack = new LabStack("lab-adopting");
    const folder = mkdtempSync(join(tmpdir(), "lab-adopting-key-"));
    let hosts: readonly Host[] = [];
    let keyFile = "";

    const onHost = (host: Host, script: string) => docker(["exec", host.name, "sh", "-c", script]);
    const apiOf = ({ address }: Host) => `http://${address}:8500`;
    const lines = (text: string) => text.split("\n").filter((line) => line !== "");

    /** The image on a host: from its archive, or from a registry. */
    async function bringImage(host: Host): Promise<string> {
        if (!labImage.endsWith(".tar")) {
            await onHost(host, `docker pull ${labImage}`);
            return labImage;
        }
        // By its input: what is copied into a host's container does not show up in its temporary file systems.
        const archive = openSync(labImage, "r");
        const words = ["exec", "--interactive", host.name, "docker", "load"];
        execFileSync("docker", words, { stdio: [archive, "ignore", "inherit"] });
        closeSync(archive);
        return onHost(host, "docker image ls --format '{{.Repository}}:{{.Tag}}'");
    }

    /** Starts a server as one types it. */
    async function startByHand(host: Host, index: number): Promise<void> {
        const { container, data, restart } = handmade[index] ?? handmade[0];
        const image = await bringImage(host);
        const ports = ["8300", "8301", "8301/udp", "8302", "8302/udp", "8500", "8600", "8600/udp"];
        const words = [
            `docker run --detach --name=${container} --restart=${restart}`,
            `--volume=${data}:/consul/data`,
            ...ports.map((port) => `--publish=${host.address}:${port.split("/")[0]}:${port}`),
            `${image} agent -server -node=server-${index + 1} -bootstrap-expect=3`,
            `-data-dir=/consul/data -client=0.0.0.0 -advertise=${host.address}`,
            ...hosts.map(({ address }) => `-retry-join=${address}`),
        ];
        await onHost(host, words.join(" "));
    }

    function configure(more: Readonly<Record<string, unknown>> = {}, adopts = true): void {
        stack.configure({
            driver: "generic",
            driverOptions: { sshUser: "root", sshKey: keyFile },
            security: "open",
            servers: hosts.map(({ address }, index) => ({
                name: `server-${index + 1}`,
                address,
                ...(adopts ? { adopt: { container: handmade[index]?.container } } : {}),
            })),
            ...more,
        });
    }

    /** Node ids of the voters, by name. */
    async function ids(): Promise<Record<string, string>> {
        const [first] = hosts;
        const outputs = {
            httpAddress: first === undefined ? "" : apiOf(first),
            uiUrl: "",
            dnsAddress: "",
            nodes: {},
        };
        const found = (await servers(outputs)).filter(({ Voter, Healthy }) => Voter && Healthy);
        return Object.fromEntries(found.map(({ Name, ID }) => [Name, ID]));
    }

    const containersOn = async (host: Host) =>
        lines(await onHost(host, "docker ps --all --format '{{.Names}}'")).sort();
    const volumesOn = async (host: Host) =>
        lines(await onHost(host, "docker volume ls --format '{{.Name}}'")).sort();

    beforeAll(async () => {
        await removeHosts(prefix);
        const place = { prefix, subnet, folder, count: 3 };
        const prepared = await prepareLabHosts(place);
        ({ hosts, keyFile } = prepared);
        for (const host of hosts) {
            await prepared.start(host);
        }
        await stack.init();
        for (const [index, host] of hosts.entries()) {
            await onHost(host, "until docker info >/dev/null 2>&1; do sleep 0.2; done");
            await startByHand(host, index);
        }
        const isFormed = async () => Object.keys(await ids().catch(() => ({}))).length === 3;
        await until(isFormed, { seconds: 90, what: "the cluster by hand" });
    });

    afterAll(async () => {
        try {
            await stack.end();
        } finally {
            await removeHosts(prefix);
            rmSync(folder, { recursive: true, force: true });
        }
    });

    it("is refused where nothing is said of it, and where it is another one", async () => {
        configure({}, false);
        const plain = await stack.run(stack.words("preview"));
        expect(plain.exitCode).not.toBe(0);
        expect(plain.output).toMatch(
            /server-1 \(.+ that no stack of this program made.*setting `adopt`/,
        );
        configure({ datacenter: "elsewhere" });
        const other = await stack.run(stack.words("preview"));
        expect(other.exitCode).not.toBe(0);
        expect(other.output).toContain(
            `its agent's datacenter is "dc1", and the node's "elsewhere"`,
        );
    });

    it("becomes the stack's, one node after another: no write is lost, and each keeps its identity", async () => {
        configure();
        const before = await ids();
        expect(Object.keys(before)).toEqual(["server-1", "server-2", "server-3"]);
        const [first] = hosts;
        expect(await put(first === undefined ? "" : apiOf(first), "kept", "safe")).toBe(true);
        const preview = await stack.must(stack.words("preview"));
        for (const [name, id] of Object.entries(before)) {
            expect(preview).toMatch(
                new RegExp(`${name} \\(.+ it keeps its node id ${id} and its data`),
            );
        }
        expect(await ids()).toEqual(before);
        const outside = new OutsideClient(hosts.map(apiOf), {});
        await stack.up();
        const seen = await outside.stop();
        const outputs = await stack.outputs();
        await untilWhole(outputs);
        expect(await ids()).toEqual(before);
        expect(seen.acknowledged.length).toBeGreaterThan(50);
        expect(seen.longestGap).toBeLessThan(20_000);
        for (const host of hosts) {
            expect(await get(apiOf(host), "kept", {})).toBe("safe");
        }
        const [api = ""] = hosts.map(apiOf);
        for (const key of seen.acknowledged) {
            expect([key, await get(api, key, {})]).toEqual([key, key]);
        }
    });

    it("has nothing left of what it was, but the data of other names", async () => {
        for (const host of hosts) {
            expect(await containersOn(host)).toEqual(["consul"]);
            const label = '{{index .Labels "consul-machines.owner"}}';
            expect(await onHost(host, `docker volume inspect -f '${label}' consul-data`)).toBe(
                "consul-machines/lab-adopting",
            );
        }
        const volumes = await Promise.all(hosts.map(volumesOn));
        expect(volumes).toEqual([["consul-data"], ["consul-data", "data"], ["consul-data"]]);
    });

    it("stays as it is, with the setting and without it", async () => {
        await stack.up("--expect-no-changes");
        configure({}, false);
        await stack.up("--expect-no-changes");
        await stack.up("--refresh", "--expect-no-changes");
    });

    it("is destroyed with nothing of ours left", async () => {
        await stack.destroy();
        for (const [index, host] of hosts.entries()) {
            expect(await containersOn(host)).toEqual([]);
            expect(await volumesOn(host)).toEqual(index === 1 ? ["data"] : []);
            expect(await onHost(host, "ls /etc/systemd/system")).not.toContain("consul-machines");
            const folder = await onHost(host, "ls /srv/consul 2>/dev/null || true");
            expect(folder.includes("node-id")).toBe(index === 2);
        }
    });
});
