import { expect, test } from "vitest";
import { machineHosts, shellProxy } from "../../../../program/preflight/shellProxy.ts";
import { certificates } from "../../../support/certificates.ts";
import { putMachine } from "../../../support/fakeDockerMachine.ts";
import { tempFolder } from "../../../support/tempFolder.ts";
import { devMachines } from "./devMachines.ts";

const proxy = "http://127.0.0.1:9";

test("machines are where this computer reaches them, a network where that is all that is known", async () => {
    const store = await tempFolder();
    await putMachine(store, "dev-made", 2376, await certificates(), "192.0.2.7");
    const declared = [
        { name: "near", machine: { driver: "generic", address: "10.0.0.11" } },
        { name: "far", machine: { driver: "generic", address: "10.0.0.12", reach: "203.0.113.5" } },
        { name: "lab", machine: { driver: "lab", address: "10.132.7.11" } },
        { name: "box", machine: { driver: "virtualbox" } },
        { name: "made", machine: { driver: "amazonec2", options: {} } },
        { name: "cloud", machine: { driver: "amazonec2", options: {} } },
    ] as const;
    expect(await machineHosts(declared, devMachines(store), "10.132.7.0/24")).toEqual({
        hosts: ["10.0.0.11", "203.0.113.5", "10.132.7.0/24", "192.168.59.1/24", "192.0.2.7"],
        unknown: ["amazonec2"],
    });
});

test("a proxy that would be asked for machines is refused, one that would not is nobody's concern", () => {
    const hosts = { hosts: ["10.132.7.0/24"], unknown: [] };
    const { problems, warnings } = shellProxy({ HTTPS_PROXY: proxy }, hosts);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain("Run `export NO_PROXY=10.132.7.0/24`, then this again.");
    expect(warnings).toEqual([]);
    const nothing = { problems: [], warnings: [] };
    expect(shellProxy({ HTTPS_PROXY: proxy, NO_PROXY: "10.0.0.0/8" }, hosts)).toEqual(nothing);
    expect(shellProxy({ HTTP_PROXY: proxy, ALL_PROXY: proxy }, hosts)).toEqual(nothing);
    expect(shellProxy({}, hosts)).toEqual(nothing);
});

test("of machines that have no address yet it is said what may happen", () => {
    const unknown = { hosts: [], unknown: ["amazonec2"] };
    const { problems, warnings } = shellProxy({ https_proxy: proxy }, unknown);
    expect(problems).toEqual([]);
    expect(warnings).toEqual([
        'https_proxy: got "http://127.0.0.1:9"; machines of the driver amazonec2 get their addresses when they are made, ' +
            "and Pulumi's Docker provider would ask that proxy for their engines. Put their network into NO_PROXY before " +
            "(`export NO_PROXY=10.0.0.0/8`); or the run stops at the first machine that is not in it, and names the line " +
            "to type.",
    ]);
    expect(shellProxy({ https_proxy: proxy, NO_PROXY: "*" }, unknown).warnings).toEqual([]);
});
