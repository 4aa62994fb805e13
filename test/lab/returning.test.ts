import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { docker, removeHosts } from "../../cli/bench/hosts.ts";
import { get, put } from "./support/cluster.ts";
import { prepareLabHosts } from "./support/labHosts.ts";
import { LabStack } from "./support/labStack.ts";
import { missing } from "./support/pieces.ts";

const prefix = "lab-returning-host";

describe.skipIf(missing !== undefined)("a host that stays when its machine is removed", () => {
    const stack = new LabStack("lab-returning");
    const folder = mkdtempSync(join(tmpdir(), "lab-returning-key-"));
    const host = `${prefix}-1`;
    const onHost = (...words: string[]) => docker(["exec", host, ...words]);

    beforeAll(async () => {
        await removeHosts(prefix);
        const place = { prefix, subnet: "10.77.91.0/24", folder, count: 1 };
        const hosts = await prepareLabHosts(place);
        const [only] = hosts.hosts;
        if (only !== undefined) {
            await hosts.start(only);
        }
        await stack.init();
        stack.configure({
            driver: "generic",
            driverOptions: { sshUser: "root", sshKey: hosts.keyFile },
            servers: [{ name: "server-1", address: only?.address }],
        });
    });

    afterAll(async () => {
        try {
            await stack.end();
        } finally {
            await removeHosts(prefix);
            rmSync(folder, { recursive: true, force: true });
        }
    });

    it("is left clean by a destroy that reaches it", async () => {
        await stack.up();
        await stack.destroy();
        expect(await onHost("docker", "ps", "-aq")).toBe("");
        expect(await onHost("docker", "volume", "ls", "-q")).toBe("");
    });

    it("brings no earlier cluster's data into a new one when destroy did not reach it", async () => {
        await stack.up();
        const { httpAddress } = await stack.outputs();
        expect(await put(httpAddress, "earlier", "cluster")).toBe(true);
        await docker(["stop", host]);
        const words = stack.words("destroy", "--yes", "--skip-preview", "--run-program");
        const silent = await stack.run(words);
        expect(silent.exitCode).not.toBe(0);
        expect(silent.output).toContain("nothing was removed");
        const forgot = await stack.run(words, { CONSUL_MACHINES_FORGET: "1" });
        expect(forgot).toMatchObject({ exitCode: 0 });
        await docker(["start", host]);
        // Its engine starts what ran before.
        await untilRunning();
        const taken = await stack.run(stack.upWords());
        expect(taken.output).toContain("One thing is wrong; nothing was made or changed");
        expect(taken.output).toContain("its host still has data of consul-machines/");
        await onHost("docker", "rm", "--force", "consul");

        for (let time = 1; time <= 2; time += 1) {
            const refused = await stack.run(stack.upWords());
            expect(refused.exitCode).not.toBe(0);
            expect(refused.output).toContain("its host still has data of consul-machines/");
            const left = await onHost("docker", "volume", "ls", "-q");
            expect(left).toBe("consul-config\nconsul-data");
        }
        await onHost("docker", "volume", "rm", "consul-config", "consul-data");
        await stack.up();
        // With a CA and tokens of its own.
        const renewed = await stack.outputs();
        expect(await get(renewed.httpAddress, "earlier")).toBeUndefined();
    });

    async function untilRunning(): Promise<void> {
        const running = () =>
            onHost("docker", "ps", "--quiet", "--filter=name=^consul$").catch(() => "");
        for (let waited = 0; (await running()) === ""; waited += 1) {
            expect(waited).toBeLessThan(60);
            await new Promise((again) => setTimeout(again, 500));
        }
    }
});
