import { describe, expect, test } from "vitest";
import { isPrivate, privateAddressProblems } from "../../../policy/rules/privateAddress.ts";
import { containerType } from "../../../policy/rules/resource.ts";

describe("isPrivate", () => {
    test.each([
        ["10.0.0.1", "10.255.255.255"],
        ["172.16.0.1", "172.31.255.255"],
        ["192.168.0.1", "192.168.255.255"],
        ["127.0.0.1", "127.255.255.255"],
        ["169.254.0.1", "169.254.255.255"],
        ["100.64.0.1", "100.127.255.255"],
        ["fc00::1", "fdff:ffff::1"],
        ["fe80::1", "febf:ffff::1"],
        ["::1", "[::1]"],
        ["::ffff:10.0.0.1", "::ffff:192.168.1.1"],
    ])("%s, %s", (first, last) => {
        expect([isPrivate(first), isPrivate(last)]).toEqual([true, true]);
    });

    test.each([
        ["9.255.255.255", "11.0.0.0"],
        ["172.15.255.255", "172.32.0.0"],
        ["192.167.255.255", "192.169.0.0"],
        ["126.255.255.255", "128.0.0.0"],
        ["169.253.255.255", "169.255.0.0"],
        ["100.63.255.255", "100.128.0.0"],
        ["fbff::1", "fe00::1"],
        ["fe7f::1", "fec0::1"],
        ["::2", "2001:db8::1"],
        ["::ffff:203.0.113.1", "203.0.113.1"],
        ["0.0.0.0", "::"],
        ["host.example", ""],
    ])("not %s, %s", (first, last) => {
        expect([isPrivate(first), isPrivate(last)]).toEqual([false, false]);
    });
});

describe("privateAddressProblems", () => {
    const openAgent = [{ label: "consul-machines.ports", value: "" }];
    const securedAgent = [...openAgent, { label: "consul-machines.config", value: "digest" }];
    const bound = (port: number, ip?: string) => ({
        internal: port,
        external: port,
        ...(ip === undefined ? {} : { ip }),
    });
    const problemsOf = (props: object) =>
        privateAddressProblems({ type: containerType, name: "it", props });
    const remedy =
        "an address of a private network. " +
        'Set "security" to "full", or publish it on another address.';

    test("an open agent publishes on private addresses alone", () => {
        const ports = [
            bound(8301, "203.0.113.1"),
            { ...bound(8301, "203.0.113.1"), protocol: "udp" },
            bound(8600, "203.0.113.1"),
            bound(8600, "172.17.0.1"),
        ];
        expect(problemsOf({ labels: openAgent, ports })).toEqual([
            `ports: got 203.0.113.1 for 8301, 8600, of an agent that asks for no token; ${remedy}`,
        ]);
        const inPrivate = ports.map((port) => ({ ...port, ip: "10.0.0.1" }));
        expect(problemsOf({ labels: openAgent, ports: inPrivate })).toEqual([]);
        expect(problemsOf({ labels: openAgent })).toEqual([]);
    });

    test("a secured agent publishes anywhere, but not the API without TLS", () => {
        const ports = [bound(8300, "203.0.113.1"), bound(8501, "203.0.113.1")];
        expect(problemsOf({ labels: securedAgent, ports })).toEqual([]);
        const plain = [...ports, bound(8500, "203.0.113.1")];
        expect(problemsOf({ labels: securedAgent, ports: plain })).toEqual([
            `ports: got 203.0.113.1 for 8500, of Consul's API without TLS; ${remedy}`,
        ]);
    });

    test("any container publishes that API on private addresses alone, whatever the port outside", () => {
        const everywhere = "(every address of the machine)";
        expect(problemsOf({ ports: [bound(8500)] })).toEqual([
            `ports: got 0.0.0.0 ${everywhere} for 8500, of Consul's API without TLS; ${remedy}`,
        ]);
        expect(problemsOf({ ports: [{ internal: 8500, external: 80, ip: "::" }] })).toEqual([
            `ports: got :: ${everywhere} for 80, of Consul's API without TLS; ${remedy}`,
        ]);
        expect(problemsOf({ ports: [{ internal: 8500 }] })).toHaveLength(1);
        expect(problemsOf({ ports: [{ ...bound(8500), protocol: "udp" }] })).toEqual([]);
        expect(problemsOf({ ports: [bound(8500, "127.0.0.1"), bound(80)] })).toEqual([]);
        expect(problemsOf({})).toEqual([]);
    });

    test("looks at containers alone", () => {
        const props = { ports: [bound(8500)] };
        expect(privateAddressProblems({ type: "other:index:Other", name: "it", props })).toEqual(
            [],
        );
    });
});
