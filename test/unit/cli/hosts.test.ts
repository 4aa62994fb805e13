import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lookAtStackHosts } from "../../../cli/clone/hosts.ts";
import { TaskFailure } from "../../../cli/show/task.ts";
import { hostsAnswer } from "../../../cli/verbs/answers.ts";
import { fakeHost } from "../../support/fakeHost.ts";
import { stubEnv } from "../../support/stubEnv.ts";
import { tempFolder } from "../../support/tempFolder.ts";

/** A program's folder with the settings of a stack. */
async function place(settings: Readonly<Record<string, unknown>>) {
    const folder = await tempFolder();
    const machineStore = join(folder, "store");
    await mkdir(machineStore);
    const config = Object.fromEntries(
        Object.entries({ machineStore, ...settings }).map(([key, value]) => [`shop:${key}`, value]),
    );
    // JSON is YAML too.
    await writeFile(join(folder, "Pulumi.yaml"), JSON.stringify({ name: "shop" }));
    await writeFile(join(folder, "Pulumi.live.yaml"), JSON.stringify({ config }));
    return { folder, stackName: "live", workFolder: folder };
}

const oneHost = {
    driver: "generic",
    driverOptions: { sshUser: "deploy", enginePort: 1 },
    // On this computer, so that the engine's port refuses.
    servers: [{ name: "server-1", address: "192.0.2.2" }],
};

/** A host on which the address is another; what its engine's port does is not told. */
const findingsBut = (
    ids: readonly string[],
    answer: { hosts: readonly { findings: readonly { id: string }[] }[] },
) => answer.hosts.flatMap(({ findings }) => findings.filter(({ id }) => !ids.includes(id)));

test("hosts are looked at by the settings' file alone, and told in JSON", async () => {
    await fakeHost({ address: "192.0.2.2\teth0", hostname: "shop-1" });
    const { answer, text } = await lookAtStackHosts(await place(oneHost));
    expect(hostsAnswer.parse(answer)).toEqual(answer);
    expect(answer.hosts[0]).toMatchObject({
        node: "server-1",
        address: "192.0.2.2",
        os: "Debian GNU/Linux 12 (bookworm)",
        architecture: "amd64",
        docker: "28.5.2",
        storageDriver: "overlay2",
    });
    expect(findingsBut(["firewall"], answer)).toEqual([
        {
            id: "rename",
            kind: "said",
            seen: 'its host name is "shop-1"',
            advice: 'it is renamed to "live-server-1".',
            page: "docs/hosts.md#rename",
        },
    ]);
    expect(text).toContain(
        '  will  server-1 (deploy@192.0.2.2:22): its host name is "shop-1"; it is renamed to "live-server-1".',
    );
});

test("a host that cannot be made a machine fails the look, with where to read on", async () => {
    const host = await fakeHost({});
    await host.shut("deploy@192.0.2.2: Permission denied (publickey).\n");
    const { answer, text } = await lookAtStackHosts(await place(oneHost));
    expect(answer.isWell).toBe(false);
    expect(answer.hosts[0]?.os).toBeNull();
    expect(text).toContain("The hosts:\n  FAIL  server-1 (deploy@192.0.2.2:22): Permission denied");
    expect(text).toContain("        (docs/hosts.md#ssh)");
});

test("a setting that is encrypted is passed over", async () => {
    await fakeHost({ address: "192.0.2.2\teth0" });
    const { answer } = await lookAtStackHosts(
        await place({ ...oneHost, other: { secure: "v1:AAAA" } }),
    );
    expect(answer.hosts).toHaveLength(1);
});

test("where no host is to be made a machine, it says so", async () => {
    const { answer, text } = await lookAtStackHosts(await place({ driver: "lab", servers: 1 }));
    expect(answer).toEqual({ stack: "live", isWell: true, hosts: [] });
    expect(text).toBe(
        "No host of the stack live is to be made a machine (nodes: server-1). They are machines of it already, or their driver " +
            "makes them.",
    );
});

test.each([
    [
        { ...oneHost, datacenter: "DC 1" },
        /^The settings of the stack live are wrong:\n {2}datacenter: got "DC 1"/,
    ],
    [undefined, /^Pulumi\.other\.yaml: there is no such file/],
])("settings that cannot be read are refused: %j", async (settings, message) => {
    const at = await place(settings ?? oneHost);
    const stackName = settings === undefined ? "other" : "live";
    const looked = lookAtStackHosts({ ...at, stackName });
    await expect(looked).rejects.toThrow(message);
    await expect(looked).rejects.toThrow(TaskFailure);
});

test("without ssh nothing is looked at", async () => {
    const at = await place(oneHost);
    stubEnv("PATH", await tempFolder());
    await expect(lookAtStackHosts(at)).rejects.toThrow(
        "There is no `ssh` on PATH, by which hosts are looked at. Install it.",
    );
});
