import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { docker, hostOf, onMachine } from "./support/host.ts";
import { LabStack } from "./support/labStack.ts";
import { missing } from "./support/pieces.ts";

/** Listens by UDP on port 53 of every address, until it is killed. */
const listener =
    'use IO::Socket::INET; $0 = "resolver"; ' +
    'my $s = IO::Socket::INET->new(LocalAddr => "0.0.0.0:53", Proto => "udp") or die; sleep';

describe.skipIf(missing !== undefined)("a machine on which port 53 is taken", () => {
    const stack = new LabStack("lab-resolver");
    let before = "";

    beforeAll(async () => {
        await stack.init();
        stack.configure({ servers: 1 });
        await stack.up();
        before = await agent();
        stack.configure({ servers: 1, dnsOnBridge: true });
    });

    afterAll(async () => {
        await stack.end();
    });

    function agent(): Promise<string> {
        return onMachine(
            "lab-resolver",
            "server-1",
            "docker",
            "inspect",
            "-f",
            "{{.Id}}",
            "consul",
        );
    }

    /** What an update says that must be refused before it touches anything. */
    async function refusal(): Promise<string> {
        const { exitCode, output } = await stack.run(stack.upWords());
        expect(exitCode).not.toBe(0);
        expect(output).toContain("nothing was made or changed");
        expect(await agent()).toBe(before);
        return output;
    }

    it("is refused, and the program that has it is named", async () => {
        const host = hostOf("lab-resolver", "server-1");
        await docker("exec", "--detach", host, "perl", "-e", listener);
        try {
            expect(await refusal()).toMatch(
                /server-1: dnsOnBridge: port 53\/udp of its machine's bridge is taken by the program "\w+" \(process \d+\), which listens on every address\./,
            );
        } finally {
            await docker(
                "exec",
                host,
                "sh",
                "-c",
                "kill $(ss -Hlnup 'sport = :53' | grep -o 'pid=[0-9]*' | cut -d= -f2)",
            );
        }
    });

    it("is refused, and the container that has it is named", async () => {
        const image = await onMachine(
            ...(["lab-resolver", "server-1", "docker", "inspect"] as const),
            ...["-f", "{{.Config.Image}}", "consul"],
        );
        const run = [
            "docker",
            "run",
            "--detach",
            "--name=pihole",
            "--publish=172.17.0.1:53:53/udp",
        ];
        await onMachine("lab-resolver", "server-1", ...run, image, "agent", "-dev");
        try {
            expect(await refusal()).toContain(
                "server-1: dnsOnBridge: port 53/udp of its machine's bridge is taken by the " +
                    'container "pihole", which listens on 172.17.0.1.',
            );
        } finally {
            await onMachine("lab-resolver", "server-1", "docker", "rm", "--force", "pihole");
        }
    });

    it("is taken by the agent once it is free", async () => {
        await stack.up();
        const ports = await onMachine("lab-resolver", "server-1", "docker", "port", "consul");
        expect(ports).toContain("172.17.0.1:53");
        await stack.up("--expect-no-changes");
    });
});
